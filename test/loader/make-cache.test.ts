import { describe, expect, it } from "vitest";
import { makeCache } from "../../src/loader/make-cache.ts";
import type { ElfRecipe } from "../elf/make-elf.ts";
import { type Made, madeView } from "./made-view.ts";

const library = (soname?: string, more: ElfRecipe = {}): Made => ({
  elf: soname === undefined ? more : { soname, ...more },
});

const AMD64 = 0x303;
const I386 = { class: 32, machine: 3 } as const;

/** `soname path hwcap` of each entry. */
function entries(files: Record<string, Made>, folders: readonly string[], architecture = "amd64", listed = folders) {
  const { entries } = makeCache(madeView(files, listed), folders, architecture);
  return entries.map(({ soname, path, hwcap }) => [soname, path, ...(hwcap === null ? [] : [hwcap])].join(" "));
}

describe("makeCache over a made file system", () => {
  it("has the SONAME in the folder as it is written, with the flags of the machine", () => {
    const files: Record<string, Made> = {
      "/opt/lib": "folder",
      "/opt/lib/liba.so.1.2": library("liba.so.1"),
      "/lib": { link: "opt/lib" },
    };
    const { entries, links, unknown } = makeCache(madeView(files, ["/opt/lib"]), ["/lib/", "/opt/lib"], "amd64");
    // A folder is visited once, whatever leads to it.
    expect(entries).toEqual([{ soname: "liba.so.1", path: "/lib/liba.so.1", flags: AMD64, hwcap: null }]);
    expect(links).toEqual([{ path: "/opt/lib/liba.so.1", target: "liba.so.1.2" }]);
    expect(unknown).toEqual([]);
  });

  it.each([
    ["libx.so", true],
    ["libx.so.1", true],
    ["libx-1.2.so", true],
    ["ld-linux.so.2", true],
    ["ld-new", false],
    ["ld.so.1", true],
    ["ld64.so.2", true],
    ["ld32.so.2", false],
    ["xld.so.1", false],
    ["libx", false],
    ["x.so", false],
    ["xlib.so.1", false],
    ["libx.so.#prelink#", false],
    ["libx.so.#prelink#.a1b2c3", false],
    ["libx.so.#prelink#.a1b2c3d", true],
    ["libx.#prelink#.so", true],
  ])("takes a file by its name alone: %s: %s", (name, isTaken) => {
    expect(entries({ [`/l/${name}`]: library() }, ["/l"])).toEqual(isTaken ? [`${name} /l/${name}`] : []);
  });

  it.each<readonly [string, Made, boolean]>([
    ["a library", library(), true],
    ["a program", library(undefined, { type: 2 }), false],
    ["an object file", library(undefined, { type: 1 }), false],
    ["a text", { text: "INPUT(-lc)" }, false],
    ["a folder", "folder", false],
    ["a dangling link", { link: "gone" }, false],
    ["one of the other x86", library(undefined, I386), true],
    ["one of another machine", library(undefined, { machine: 183 }), false],
  ])("%s", (_, made, isTaken) => {
    expect(entries({ "/l/libx.so": made }, ["/l"])).toEqual(isTaken ? ["libx.so /l/libx.so"] : []);
  });

  it("of an architecture takes its family alone", () => {
    const files = {
      "/l/liba.so": library(undefined, { machine: 183 }),
      "/l/libb.so": library(undefined, { class: 32, machine: 40, flags: 0x400 }),
      "/l/libc.so": library(undefined, { class: 32, machine: 40, flags: 0x200 }),
      "/l/libd.so": library(undefined, { class: 32, machine: 40 }),
      "/l/libe.so": library(),
    };
    const names = (architecture: string) => entries(files, ["/l"], architecture).map((line) => line.split(" ")[0]);
    expect(names("arm64")).toEqual(["liba.so"]);
    expect(names("i386")).toEqual(["libe.so"]);
    expect(names("armhf")).toEqual(["libd.so", "libc.so", "libb.so"]);
    expect(names("nothing")).toEqual([]);
  });

  it("of several files with a SONAME takes the highest version, and a file rather than a link", () => {
    const versions = {
      "/l/libx.so.1.10": library("libx.so.1"),
      "/l/libx.so.1.9": library("libx.so.1"),
      "/l/libx.so.1": { link: "libx.so.1.9" },
    };
    const { entries, links } = makeCache(madeView(versions, ["/l"]), ["/l"], "amd64");
    expect(entries.map(({ soname }) => soname)).toEqual(["libx.so.1"]);
    expect(links).toEqual([{ path: "/l/libx.so.1", target: "libx.so.1.10" }]);
  });

  it("makes no link where it leads there, or where a file stands", () => {
    const links = (at: Made) =>
      makeCache(madeView({ "/l/libx.so.1.0": library("libx.so.1"), "/l/libx.so.1": at }, ["/l"]), ["/l"], "amd64")
        .links;
    const link = { path: "/l/libx.so.1", target: "libx.so.1.0" };
    expect(links({ link: "libx.so.1.0" })).toEqual([]);
    expect(links({ link: "./../l/libx.so.1.0" })).toEqual([]);
    expect(links({ link: "gone" })).toEqual([link]);
    expect(links({ text: "not a library" })).toEqual([]);
    expect(links("absent")).toEqual([link]);
  });

  it("has the short link for the linker under its own name", () => {
    const files = {
      "/l/libx.so.1": library("libx.so.1"),
      "/l/libx.so": { link: "libx.so.1" },
      "/l/liby.so": { link: "libx.so.1" },
    };
    // libx.so is a link of its own, liby.so stands for the file.
    expect(entries(files, ["/l"])).toEqual(["libx.so.1 /l/libx.so.1", "libx.so /l/libx.so"]);
  });

  it("has glibc-hwcaps folders before the plain one, under the file's name", () => {
    const files: Record<string, Made> = {
      "/l/glibc-hwcaps": "folder",
      "/l/glibc-hwcaps/x86-64-v2/libx.so.1.0": library("libx.so.1"),
      "/l/glibc-hwcaps/x86-64-v3/libx.so.1": library("libx.so.1"),
      "/l/glibc-hwcaps/.hidden/libx.so.1": library("libx.so.1"),
      "/l/glibc-hwcaps/a:b/libx.so.1": library("libx.so.1"),
      "/l/libx.so.1": library("libx.so.1"),
    };
    const levels = ["x86-64-v2", "x86-64-v3", ".hidden", "a:b"].map((level) => `/l/glibc-hwcaps/${level}`);
    const listed = ["/l", "/l/glibc-hwcaps", ...levels];
    expect(entries(files, ["/l"], "amd64", listed)).toEqual([
      "libx.so.1 /l/glibc-hwcaps/x86-64-v2/libx.so.1.0 x86-64-v2",
      "libx.so.1 /l/glibc-hwcaps/x86-64-v3/libx.so.1 x86-64-v3",
      "libx.so.1 /l/libx.so.1",
    ]);
    expect(makeCache(madeView(files, listed), ["/l"], "amd64").links).toEqual([]);
  });

  it("orders by name downwards, numbers by their value, then by flags downwards", () => {
    const files = {
      "/a/libx.so.9": library("libx.so.9"),
      "/a/libx.so.10": library("libx.so.10"),
      "/b/libx.so.9": library("libx.so.9", I386),
      "/c/libx.so.9": library("libx.so.9"),
    };
    expect(entries(files, ["/b", "/a", "/c"])).toEqual([
      "libx.so.10 /a/libx.so.10",
      "libx.so.9 /a/libx.so.9",
      "libx.so.9 /c/libx.so.9",
      "libx.so.9 /b/libx.so.9",
    ]);
  });

  it("names the folders that are not known in full, and leaves out those that are not there", () => {
    const view = madeView({ "/there": "folder", "/there/libx.so": library(), "/f": { text: "" } }, ["/", "/gone"]);
    expect(makeCache(view, ["/there", "/unseen/x", "/nothing"], "amd64")).toMatchObject({
      entries: [],
      unknown: ["/there"],
    });
    const partly = madeView({ "/there": "folder" }, []);
    expect(makeCache(partly, ["/unseen"], "amd64").unknown).toEqual(["/unseen"]);
  });
});
