import { describe, expect, it, test } from "vitest";
import { isLoadable, loaderPath, openedPaths, questionKey, withoutAddresses } from "../../src/loader/loaders.ts";
import type { ElfRecipe } from "../elf/make-elf.ts";
import { madeFacts } from "./made-view.ts";

const HARD = 0x400;

describe("the loader of a machine", () => {
  it.each<readonly [string, ElfRecipe, string | null]>([
    ["amd64", {}, "/lib64/ld-linux-x86-64.so.2"],
    ["x32", { class: 32 }, "/libx32/ld-linux-x32.so.2"],
    ["i386", { class: 32, machine: 3 }, "/lib/ld-linux.so.2"],
    ["arm64", { machine: 183 }, "/lib/ld-linux-aarch64.so.1"],
    ["arm64 of 32 bits", { machine: 183, class: 32 }, null],
    ["arm64, big", { machine: 183, endian: "big" }, null],
    ["armhf", { class: 32, machine: 40, flags: HARD }, "/lib/ld-linux-armhf.so.3"],
    ["armel", { class: 32, machine: 40 }, "/lib/ld-linux.so.3"],
    ["arm, big", { class: 32, machine: 40, endian: "big", flags: HARD }, null],
    ["ppc64el", { machine: 21 }, "/lib64/ld64.so.2"],
    ["ppc64", { machine: 21, endian: "big" }, "/lib64/ld64.so.1"],
    ["s390x", { machine: 22, endian: "big" }, "/lib/ld64.so.1"],
    ["s390", { machine: 22, endian: "big", class: 32 }, null],
    ["riscv64", { machine: 243 }, "/lib/ld-linux-riscv64-lp64d.so.1"],
    ["riscv32", { machine: 243, class: 32 }, null],
    ["loong64", { machine: 258 }, "/lib64/ld-linux-loongarch-lp64d.so.1"],
    ["loong32", { machine: 258, class: 32 }, null],
    ["another", { machine: 8 }, null],
  ])("%s", (_, recipe, path) => {
    // Never the file's own interpreter.
    expect(loaderPath(madeFacts({ ...recipe, interpreter: "/evil" }))).toBe(path);
  });
});

test("a loader has something to say of what needs a library, and of programs", () => {
  expect(isLoadable(madeFacts({ needed: ["liba.so"] }))).toBe(true);
  expect(isLoadable(madeFacts({ interpreter: "/lib/ld.so" }))).toBe(true);
  expect(isLoadable(madeFacts({}))).toBe(false);
  expect(isLoadable({ ...madeFacts({ needed: ["liba.so"] }), dynamic: false })).toBe(false);
});

describe("files with the same key", () => {
  const base: ElfRecipe = { needed: ["liba.so"], soname: "x" };
  const key = (recipe: ElfRecipe, path = "/a/file") => questionKey(madeFacts(recipe), path);

  it("may lie in different folders and have other contents", () => {
    expect(key({ ...base, definitions: ["V1"] })).toBe(key(base, "/b/other"));
  });

  it.each<readonly [string, ElfRecipe]>([
    ["class", { class: 32 }],
    ["byte order", { endian: "big" }],
    ["machine", { machine: 183 }],
    ["header flags", { flags: 1 }],
    ["interpreter", { interpreter: "/lib/ld.so" }],
    ["SONAME", { soname: "y" }],
    ["DT_FLAGS_1", { flags1: 0x800 }],
    ["needs", { needed: ["liba.so", "libb.so"] }],
    ["filters", { filters: ["libf.so"] }],
    ["RPATH", { rpath: "/r" }],
    ["RUNPATH", { runpath: "/r" }],
  ])("do not differ in their %s", (_, change) => {
    expect(key({ ...base, ...change })).not.toBe(key(base));
  });

  it.each<readonly [string, ElfRecipe]>([
    ["RUNPATH", { runpath: "$ORIGIN/lib" }],
    ["RPATH", { rpath: `\${ORIGIN}` }],
    ["needs", { needed: ["$ORIGIN/liba.so"] }],
    ["filters", { filters: ["$ORIGIN/libf.so"] }],
  ])("are in one folder if $ORIGIN is in their %s", (_, change) => {
    const recipe = { ...base, ...change };
    expect(key(recipe, "/a/one")).toBe(key(recipe, "/a/two"));
    expect(key(recipe, "/a/one")).not.toBe(key(recipe, "/b/one"));
  });

  it("may lie anywhere if another token is there", () => {
    expect(key({ runpath: "/opt/$LIB" }, "/a/one")).toBe(key({ runpath: "/opt/$LIB" }, "/b/one"));
  });
});

test("a listing without its addresses, and the paths in it", () => {
  const text =
    "\tlinux-vdso.so.1 (0x00007ffd)\n\tliba.so => /lib/liba.so (0x00007f)\n\tlibb.so => not found\n\t/lib/ld.so (0x1)\n /no\n\tx (0x2) y\n";
  const plain = withoutAddresses(text);
  expect(plain).toBe(
    "\tlinux-vdso.so.1\n\tliba.so => /lib/liba.so\n\tlibb.so => not found\n\t/lib/ld.so\n /no\n\tx (0x2) y\n",
  );
  expect(openedPaths(plain)).toEqual(["/lib/liba.so", "/lib/ld.so"]);
});
