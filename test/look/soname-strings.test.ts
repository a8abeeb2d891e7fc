import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readOnlySpans } from "../../src/elf/read-only.ts";
import { readElf } from "../../src/elf/reader.ts";
import { bytesSource } from "../../src/elf/source.ts";
import { lookByScript } from "../../src/look/by-script.ts";
import { SonameSearch, sonameStrings } from "../../src/look/soname-strings.ts";
import { OPENERS } from "../../src/snapshot/library-names.ts";
import type { Snapshot } from "../../src/snapshot/snapshot.ts";
import { makeElf } from "../elf/make-elf.ts";
import { engineHere, imageHere } from "./here.ts";

const inWhole = (text: string): readonly string[] => {
  const bytes = Buffer.from(text, "latin1");
  return sonameStrings(bytes, [[0, bytes.length]]);
};

describe("the search for sonames", () => {
  it.each<[string, string[]]>([
    ["libz.so.1\0", ["libz.so.1"]],
    ["x\0libz.so\0y", ["libz.so"]],
    ["/usr/lib/x/libz.so.1\0", ["libz.so.1"]],
    ["\0libstdc++.so.6\0liba-1.2_b.so.3a\0", ["libstdc++.so.6", "liba-1.2_b.so.3a"]],
    ["libz.so.1\0libz.so.1\0", ["libz.so.1"]],
    ["libfoo.so.conf.so\0", ["libfoo.so.conf.so"]],
    ["libz.so.1", []],
    ["libz.so.1 is it\0", []],
    ["notlibz.so.1\0", []],
    ["z.so.1\0", []],
    ["libz.so.\0", ["libz.so"]],
    ["libz.sox\0", []],
    [".so\0lib.so\0", ["lib.so"]],
    [`lib${"a".repeat(125)}.so\0`, [`lib${"a".repeat(125)}.so`]],
    [`lib${"a".repeat(126)}.so\0`, []],
    [`liba.so.${"1".repeat(62)}\0`, [`liba.so.${"1".repeat(62)}`]],
    [`liba.so.${"1".repeat(63)}\0`, []],
    ["libicuuc.so.%d\0libicui18n.so%s\0libx.so.{}\0", ["libicuuc.so", "libicui18n.so", "libx.so"]],
    ["\0my_dlopen\0g_module_open\0dlopened\0", ["dlopen", "g_module_open"]],
  ])("%j", (text, names) => expect(inWhole(text)).toEqual(names));

  it("takes the first 256 names of a file", () => {
    const all = Array.from({ length: 300 }, (_, index) => `lib${index}.so`);
    expect(inWhole(all.map((name) => `${name}\0`).join(""))).toEqual(all.slice(0, 256));
  });

  it("finds the same however the bytes are cut", () => {
    const part = fc.constantFrom(
      "lib",
      "libz",
      ".so",
      ".1",
      "\0",
      "/",
      "%d",
      "dlopen",
      "a".repeat(60),
      "lib.so.1\0",
      " ",
      "\xff",
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 60 }), fc.array(fc.integer({ min: 1, max: 400 })), (parts, cuts) => {
        const bytes = Buffer.from(parts.join(""), "latin1");
        const search = new SonameSearch();
        let at = 0;
        for (const cut of cuts) {
          if (at + cut >= bytes.length) break;
          search.feed(bytes.subarray(at, at + cut), false);
          at += cut;
        }
        search.feed(bytes.subarray(at), true);
        expect(search.names).toEqual(inWhole(bytes.toString("latin1")));
      }),
      { numRuns: 2000 },
    );
  });
});

const PIECE = 1024 * 1024;

/** A library whose only PT_LOAD reaches over three pieces, with names over and around each cut. */
function longLibrary(writable: boolean): Buffer {
  const elf = makeElf({ needed: ["libneeded.so.1"], soname: "libitself.so.1" });
  const long = Buffer.concat([elf, Buffer.alloc(3 * PIECE + 99, "x")]);
  for (const [piece, over] of [12, 4, 1].entries()) {
    for (const [index, before] of [300, 140, 70, over, -30].entries()) {
      long.write(`\0lib${piece}-${index}.so.1\0`, (piece + 1) * PIECE - before, "latin1");
    }
  }
  long.write("\0libneeded.so.1\0libitself.so.1\0liblast.so.9\0", long.length - 44, "latin1");
  const count = long.readUInt16LE(56);
  for (let at = 64; at < 64 + 56 * count; at += 56) {
    if (long.readUInt32LE(at) !== 1) continue;
    long.writeUInt32LE(writable ? 6 : 4, at + 4);
    long.writeBigUInt64LE(BigInt(long.length), at + 32);
    long.writeBigUInt64LE(BigInt(long.length), at + 40);
  }
  return long;
}

const NAMES = `import os, writable
import other
find_library("pq") and caf\u00e9
ffi_lib ["vips.so.42",
  "libvips.so.42"]
LD_PRELOAD=libjemalloc.so.2
Driver=/usr/lib/x/psqlodbcw.so
extension=pgsql
`;

describe("the script's search", () => {
  let root: string;
  let snapshot: Snapshot;
  beforeAll(async () => {
    root = realpathSync(mkdtempSync(join(tmpdir(), "msb-deps-test-")));
    writeFileSync(join(root, "long.so"), longLibrary(false));
    writeFileSync(join(root, "writable.so"), longLibrary(true));
    for (const name of ["names.txt", "names.md"]) writeFileSync(join(root, name), NAMES);
    const request = {
      artifactPaths: [root, realpathSync(process.execPath)],
      folders: [],
      paths: [],
      askLoader: true,
      searchStrings: true,
    };
    snapshot = await lookByScript(engineHere(), imageHere, request, new AbortController().signal);
  }, 300_000);
  afterAll(() => rmSync(root, { recursive: true }));

  const fact = (path: string) => snapshot.files.find((file) => file.path === path);
  const found = (path: string) => fact(path)?.sonameStrings;

  it.each(["long.so", "writable.so", "node"])("finds in %s what the search here finds", (name) => {
    const path = name === "node" ? realpathSync(process.execPath) : join(root, name);
    const source = bytesSource(readFileSync(path));
    const reading = readElf(source);
    const own = reading.kind === "elf" ? [...reading.facts.needed, reading.facts.soname] : [];
    const names = sonameStrings(readFileSync(path), readOnlySpans(source)).filter((one) => !own.includes(one));
    const openers = names.filter((one) => OPENERS.includes(one));
    expect(found(path)).toEqual(names.filter((one) => !OPENERS.includes(one)).sort());
    expect(fact(path)?.openers ?? []).toEqual(openers.sort());
    expect(openers).toEqual(name === "node" ? ["dlopen"] : []);
  });

  it("finds in texts what the search here finds", () => {
    expect(fact(join(root, "names.txt"))?.sonameStrings).toEqual(
      ["libpq.so", "libvips.so.42", "vips.so.42", "libjemalloc.so.2", "/usr/lib/x/psqlodbcw.so", "pgsql.so"].sort(),
    );
    expect(fact(join(root, "names.txt"))?.imports).toEqual(["writable"]);
    expect(fact(join(root, "names.md"))?.sonameStrings).toBeUndefined();
  });

  it("finds the names over the cuts, and none in what is writable", () => {
    expect(found(join(root, "long.so"))).toHaveLength(3 * 5 + 1);
    expect(found(join(root, "writable.so"))).toEqual([]);
  });
});
