import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { type CacheEntry, parseCache } from "../../src/loader/cache.ts";
import { ldconfigFolders, readLoaderConf, type TextOf } from "../../src/loader/conf.ts";
import { compareLibraryNames, makeCache } from "../../src/loader/make-cache.ts";
import { cpuTime } from "../cpu.ts";
import { type Made, madeView } from "./made-view.ts";
import { realView } from "./real-view.ts";
import { Workshop } from "./workshop.ts";

const shop = new Workshop();
afterAll(() => shop.remove());
const at = (name: string): string => shop.path(name);

function entriesOf(file: string): readonly CacheEntry[] {
  const reading = parseCache(readFileSync(file));
  if (reading.kind !== "cache") throw new Error(reading.reason);
  return reading.entries;
}

/** What this machine's ldconfig writes for a configuration, links left as they are. */
function ldconfig(conf: string, name: string, ...options: string[]): string {
  execFileSync("/sbin/ldconfig", ["-X", "-C", at(name), "-f", conf, ...options], { stdio: "ignore" });
  return at(name);
}

/** `soname path` of each entry in order, hardware capabilities behind it. */
function lines(entries: readonly CacheEntry[]): string[] {
  return entries.map(({ soname, path, flags, hwcap }) => `${soname} ${path} ${flags.toString(16)} ${hwcap ?? ""}`);
}

const text = (entry: { source: string }): string => readFileSync(entry.source, "utf8");

describe("parseCache", () => {
  it("reads what ldconfig -p reads", { tags: ["machine"] }, () => {
    const listed = execFileSync("/sbin/ldconfig", ["-p"], { encoding: "utf8" }).split("\n").slice(1);
    const expected = listed.flatMap((line) => {
      const found = /^\t(.*) \((libc6.*|ELF.*)\) => (.*)$/.exec(line);
      return found === null ? [] : [`${found[1]} ${found[3]}`];
    });
    expect(expected.length).toBeGreaterThan(100);
    expect(entriesOf("/etc/ld.so.cache").map(({ soname, path }) => `${soname} ${path}`)).toEqual(expected);
  });

  it.each(["new", "old", "compat"])("reads the format %s", { tags: ["machine"] }, (format) => {
    shop.library("formats/libone.so.1");
    writeFileSync(at("formats.conf"), `${at("formats")}\n`);
    const entries = entriesOf(ldconfig(at("formats.conf"), `${format}.cache`, "-c", format));
    expect(entries.find(({ soname }) => soname === "libone.so.1")).toEqual({
      soname: "libone.so.1",
      path: at("formats/libone.so.1"),
      flags: 0x303,
      hwcap: null,
    });
    expect(entries.find(({ soname }) => soname === "libc.so.6")?.path).toBe("/lib/x86_64-linux-gnu/libc.so.6");
  });

  it("names the glibc-hwcaps folder of an entry", { tags: ["machine"] }, () => {
    shop.library("hw/libone.so.1");
    mkdirSync(at("hw/glibc-hwcaps/x86-64-v2"), { recursive: true });
    mkdirSync(at("hw/glibc-hwcaps/x86-64-v3"), { recursive: true });
    for (const level of ["x86-64-v2", "x86-64-v3"])
      cpSync(at("hw/libone.so.1"), at(`hw/glibc-hwcaps/${level}/libone.so.1`));
    writeFileSync(at("hw.conf"), `${at("hw")}\n`);
    const ours = entriesOf(ldconfig(at("hw.conf"), "hw.cache")).filter(({ soname }) => soname === "libone.so.1");
    expect(ours.map(({ hwcap, path }) => [hwcap, path])).toEqual([
      ["x86-64-v2", at("hw/glibc-hwcaps/x86-64-v2/libone.so.1")],
      ["x86-64-v3", at("hw/glibc-hwcaps/x86-64-v3/libone.so.1")],
      [null, at("hw/libone.so.1")],
    ]);
    const made = makeCache(realView(), [at("hw")], "amd64");
    expect(lines(made.entries)).toEqual(lines(ours));
  });

  it("says what is damaged and never throws", () => {
    const whole = readFileSync("/etc/ld.so.cache");
    expect(parseCache(Buffer.from("nothing of it"))).toMatchObject({ kind: "damaged" });
    expect(parseCache(whole.subarray(0, 30))).toMatchObject({ kind: "damaged" });
    expect(parseCache(whole.subarray(0, 4000))).toMatchObject({ kind: "damaged" });
    const change = fc.tuple(fc.nat(2000), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), fc.nat(whole.length), (changes, length) => {
        const bytes = Buffer.from(whole.subarray(0, length));
        for (const [offset, value] of changes) if (offset < bytes.length) bytes[offset] = value;
        expect(["cache", "damaged"]).toContain(parseCache(bytes).kind);
      }),
      { numRuns: 200 },
    );
  });
});

describe("makeCache", () => {
  it("writes what this machine's ldconfig writes", { tags: ["machine"], timeout: 300_000 }, () => {
    const real = entriesOf(ldconfig("/etc/ld.so.conf", "machine.cache"));
    const view = realView();
    const conf = readLoaderConf(view, text);
    const ours = makeCache(view, [...conf.folders, ...ldconfigFolders("amd64")], "amd64");
    expect(real.length).toBeGreaterThan(100);
    expect(ours.unknown).toEqual([]);
    expect(lines(ours.entries)).toEqual(lines(real));
  });

  it("follows ldconfig where names, links and SONAMEs differ", { tags: ["machine"] }, () => {
    shop.library("odd/libhigh.so.1.10", { soname: "libhigh.so.1" });
    shop.library("odd/libhigh.so.1.9", { soname: "libhigh.so.1" });
    shop.library("odd/libplain.so", { soname: "" });
    shop.library("odd/libother.so.2.0", { soname: "libnamed.so.2" });
    shop.library("odd/notlib.so.1");
    shop.library("odd/libshort.so.3.1", { soname: "libshort.so.3" });
    shop.program("odd/libprogram.so");
    symlinkSync("libshort.so.3.1", at("odd/libshort.so"));
    symlinkSync("libgone.so.1", at("odd/libdangling.so.1"));
    writeFileSync(at("odd/libscript.so"), "INPUT(-lc)\n");
    mkdirSync(at("odd/libfolder.so"));
    cpSync(at("odd"), at("second"), { recursive: true, verbatimSymlinks: true });
    writeFileSync(at("odd.conf"), `${at("odd")}\n${at("second")}\n`);
    const folders = [at("odd"), at("second")];
    const ours = makeCache(realView(), folders, "amd64");
    const real = entriesOf(ldconfig(at("odd.conf"), "odd.cache"));
    const mine = (entries: readonly CacheEntry[]) => lines(entries.filter(({ path }) => path.startsWith(shop.root)));
    expect(mine(ours.entries)).toEqual(mine(real));
    expect(ours.links.filter(({ path }) => path.startsWith(at("odd")))).toEqual([
      { path: at("odd/libhigh.so.1"), target: "libhigh.so.1.10" },
      { path: at("odd/libnamed.so.2"), target: "libother.so.2.0" },
      { path: at("odd/libshort.so.3"), target: "libshort.so.3.1" },
    ]);
    execFileSync("/sbin/ldconfig", ["-n", ...folders], { stdio: "ignore" });
    expect(makeCache(realView(), folders, "amd64").links).toEqual([]);
  });

  it("orders names as _dl_cache_libcmp does", () => {
    const names = ["libz.so.1", "liba.so.2", "liba.so.10", "liba.so", "lib1.so", "libA.so"];
    expect([...names].sort(compareLibraryNames)).toEqual([
      "libA.so",
      "liba.so",
      "liba.so.2",
      "liba.so.10",
      "libz.so.1",
      "lib1.so",
    ]);
    expect(compareLibraryNames("liba.so.01", "liba.so.1")).toBe(0);
  });
});

describe("readLoaderConf", () => {
  it("reads comments, includes, types and what ldconfig ignores", () => {
    mkdirSync(at("conf/d"), { recursive: true });
    writeFileSync(
      at("conf/main.conf"),
      "# a comment\n\n  /one/  # behind\ninclude d/*.conf none/*.conf\t/absent.conf\nhwcap 0 nosegneg\n/two=libc6\n/one\n/with space\n",
    );
    writeFileSync(at("conf/d/b.conf"), "/b\n");
    writeFileSync(at("conf/d/a.conf"), "/a\ninclude ../deeper.conf");
    writeFileSync(at("conf/d/.hidden.conf"), "/hidden\n");
    writeFileSync(at("conf/d/c.txt"), "/c\n");
    writeFileSync(at("conf/deeper.conf"), "/deeper\n");
    const conf = readLoaderConf(realView(), text, at("conf/main.conf"));
    expect(conf.folders).toEqual(["/one", "/a", "/deeper", "/b", "/two", "/with space"]);
    expect(conf.unknown).toEqual([]);
  });

  it("takes the same file, included in many ways, once", () => {
    const files: Record<string, Made> = { "/etc/ld.so.conf": { text: "include d/*.conf d/*.conf d/1.conf\n/last\n" } };
    for (let index = 0; index < 3; index += 1) files[`/etc/d/${index}.conf`] = { text: `/f${index}\n` };
    const conf = readLoaderConf(madeView(files, ["/etc", "/etc/d"]), madeText(files));
    expect(conf.folders).toEqual(["/f0", "/f1", "/f2", "/last"]);
    expect(conf).toMatchObject({ files: expect.toSatisfy((all) => all.length === 4), unknown: [] });
  });

  it.each<[string, Record<string, Made>]>([
    [
      "two hundred files that all include all",
      Object.fromEntries(
        Array.from({ length: 200 }, (_, at) => [`/etc/d/${at}.conf`, { text: "include *.conf\n/x\n" }]),
      ),
    ],
    [
      "links to their own folder",
      Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`/etc/d/${at}`, { link: "." }])),
    ],
    ["patterns that hurt", { [`/etc/d/${"a".repeat(60)}`]: { text: "" } }],
    ["many patterns", { "/etc/d/x": { text: Array.from({ length: 9000 }, (_, at) => `include *${at}`).join("\n") } }],
    ["many comments in a line", { "/etc/d/x": { text: `${"#\r".repeat(30_000)}\n${"=\r".repeat(30_000)}` } }],
    ["many slashes", { "/etc/d/x": { text: `${"/".repeat(65_000)}x` } }],
  ])("ends soon: %s", (_, more) => {
    const main = "include d/* d/*/*/*/*/*/*/*/*/* d/*a*a*a*a*a*a*b\n/end\n";
    const files: Record<string, Made> = { "/etc/ld.so.conf": { text: main }, ...more };
    const time = cpuTime(() => {
      const conf = readLoaderConf(madeView(files, ["/etc", "/etc/d"]), madeText(files));
      expect(conf.folders.at(-1)).toBe("/end");
    });
    expect(time).toBeLessThan(1500);
  });

  it("ends where files include each other, and says so", () => {
    writeFileSync(at("loop.conf"), "/x\ninclude loop.conf\n");
    const conf = readLoaderConf(realView(), text, at("loop.conf"));
    expect(conf.folders).toEqual(["/x"]);
    expect(conf.unknown).toEqual([at("loop.conf")]);
  });
});

function madeText(files: Readonly<Record<string, Made>>): TextOf {
  return ({ path }) => {
    const made = files[path];
    return typeof made === "object" && "text" in made ? made.text : null;
  };
}
