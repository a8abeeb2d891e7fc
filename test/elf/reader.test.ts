import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { ElfFacts } from "../../src/elf/facts.ts";
import { readElf } from "../../src/elf/reader.ts";
import { bytesSource } from "../../src/elf/source.ts";
import { rangesSource } from "../../src/snapshot/ranges.ts";
import { type ElfRecipe, makeElf } from "./make-elf.ts";
import { readelf } from "./readelf.ts";

const folder = mkdtempSync(join(tmpdir(), "msb-deps-elf-"));
afterAll(() => rmSync(folder, { recursive: true }));

function facts(bytes: Uint8Array): ElfFacts {
  const reading = readElf(bytesSource(bytes));
  if (reading.kind !== "elf") throw new Error(JSON.stringify(reading));
  return reading.facts;
}

function reason(bytes: Uint8Array): string {
  const reading = readElf(bytesSource(bytes));
  return reading.kind === "damaged" ? reading.reason : reading.kind;
}

const FULL: ElfRecipe = {
  interpreter: "/lib/ld.so.1",
  soname: "libmade.so.1",
  needed: ["libc++.so.1", "libc.so.6", "odd name.so"],
  audit: "/a.so:b.so",
  depaudit: "c.so",
  auxiliary: ["libaux.so"],
  filters: ["libfilter.so"],
  rpath: "/a b:$ORIGIN",
  runpath: "$ORIGIN/../lib",
  flags1: 0x800,
  needs: [
    { file: "libc.so.6", versions: [{ name: "GLIBC_2.2.5" }, { name: "GLIBC_2.38", weak: true }] },
    { file: "libc++.so.1", versions: [{ name: "V1" }] },
  ],
  definitions: ["MADE_1", "MADE_2"],
  notes: [
    { name: "GNU", type: 1, text: "x" },
    { name: "FDO", type: 0x407c0c0a, text: '[{"soname":["libz.so.1"]}]' },
  ],
};

const KINDS: readonly [string, ElfRecipe, string][] = [
  ["i386", { class: 32, endian: "little", machine: 3 }, "386"],
  ["arm64", { class: 64, endian: "little", machine: 183 }, "aarch64"],
  ["armhf", { class: 32, endian: "little", machine: 40, flags: 0x5000400 }, "arm"],
  ["s390x", { class: 64, endian: "big", machine: 22 }, "s390"],
  ["powerpc", { class: 32, endian: "big", machine: 20 }, "ppc"],
  ["ppc64el", { class: 64, endian: "little", machine: 21, flags: 2 }, "ppc64"],
  ["riscv64", { class: 64, endian: "little", machine: 243, flags: 5 }, "riscv"],
  ["mips", { class: 32, endian: "big", machine: 8, flags: 0x1007 }, "mips"],
];

describe("readElf of every class and byte order", () => {
  it.each(KINDS)("reads a file for %s as it was made, and as readelf reads it", (name, kind, machine) => {
    const bytes = makeElf({ ...FULL, ...kind });
    const made = facts(bytes);
    expect(made).toEqual({
      class: kind.class,
      endian: kind.endian,
      type: "shared",
      machine,
      osAbi: 0,
      headerFlags: kind.flags ?? 0,
      interpreter: "/lib/ld.so.1",
      dynamic: true,
      soname: "libmade.so.1",
      needed: FULL.needed,
      audit: ["/a.so", "b.so", "c.so"],
      filters: ["libaux.so", "libfilter.so"],
      oddity: null,
      rpath: FULL.rpath,
      runpath: FULL.runpath,
      flags: 0,
      flags1: 0x800,
      versionNeeds: [
        {
          file: "libc.so.6",
          versions: [
            { name: "GLIBC_2.2.5", weak: false },
            { name: "GLIBC_2.38", weak: true },
          ],
        },
        { file: "libc++.so.1", versions: [{ name: "V1", weak: false }] },
      ],
      versionDefinitions: FULL.definitions,
      dlopenNotes: ['[{"soname":["libz.so.1"]}]'],
      android: false,
    });
    const path = join(folder, name);
    writeFileSync(path, bytes);
    const judged = readelf([path]).get(path);
    expect({ ...judged, machine: "", type: "", needs: [], definitions: [] }).toEqual({
      class: `ELF${kind.class}`,
      type: "",
      machine: "",
      flags: kind.flags ?? 0,
      interpreter: "/lib/ld.so.1",
      soname: made.soname,
      needed: made.needed,
      rpath: made.rpath,
      runpath: made.runpath,
      needs: [],
      definitions: [],
    });
  });

  it("knows Android by its note", () => {
    expect(facts(makeElf({ notes: [{ name: "Android", type: 1, text: "" }] })).android).toBe(true);
  });

  it("keeps names that are not UTF-8 and a RUNPATH longer than any path", () => {
    const long = `/${"x".repeat(200)}:`.repeat(100);
    expect(facts(makeElf({ runpath: long })).runpath).toBe(long);
    const bytes = makeElf({ needed: ["libXX.so"] });
    bytes.write("\xff", bytes.indexOf("libXX") + 3, "latin1");
    expect(facts(bytes).needed).toEqual(["lib\udcffX.so"]);
  });
});

describe("readElf of what is not whole", () => {
  const whole = makeElf(FULL);
  const patched = (at: number, value: number, size: 1 | 2 | 4 = 2): Buffer => {
    const bytes = Buffer.from(whole);
    bytes.writeUIntLE(value, at, size);
    return bytes;
  };

  it("is no ELF file without the magic", () => {
    for (const text of ["", "\x7fEL", "#!/bin/sh\n", "!<arch>\n", "INPUT(-lz)"]) {
      expect(readElf(bytesSource(Buffer.from(text, "latin1")))).toEqual({ kind: "not-elf" });
    }
  });

  it.each([
    ["a class that does not exist", patched(4, 3, 1), /class 3/],
    ["a byte order that does not exist", patched(5, 0, 1), /encoding 0/],
    ["a version that does not exist", patched(6, 2, 1), /version 2/],
    ["nothing behind the magic", whole.subarray(0, 4), /identification/],
    ["half a header", whole.subarray(0, 40), /header/],
    ["half a program header table", whole.subarray(0, 100), /program header table/],
    ["program headers out of bounds", patched(32, 0x7fffffff, 4), /program header table/],
    ["program headers of another size", patched(54, 32), /program header size of 32 bytes/],
    ["PN_XNUM program headers", patched(56, 0xffff), /too many/],
    ["more program headers than the kernel takes", patched(56, 2000), /too many/],
    ["all but the last byte", whole.subarray(0, whole.length - 1), /truncated/],
  ])("is damaged with %s", (_, bytes, expected) => {
    expect(reason(bytes)).toMatch(expected);
  });

  it("is damaged where its dynamic section leads out of it", () => {
    const dynamic = (tag: number, value: number): Buffer => {
      const bytes = makeElf(FULL);
      for (let at = bytes.length - 16 * 16; at < bytes.length; at += 16) {
        if (at >= 0 && bytes.readBigUInt64LE(at) === BigInt(tag)) bytes.writeBigUInt64LE(BigInt(value), at + 8);
      }
      return bytes;
    };
    expect(reason(dynamic(5, 0x7fff_0000))).toMatch(/string table/);
    expect(reason(dynamic(14, 1 << 20))).toMatch(/SONAME is outside/);
    expect(reason(dynamic(0x6ffffffe, 8))).toMatch(/version needs is not in a loaded segment/);
  });

  it("sees a version chain that has no end", () => {
    expect(reason(makeElf({ needed: ["liblong.so.1"], chain: 100_000 }))).toBe("more than 16,384 version definitions");
  });

  it("does not gather the same long string without end", () => {
    const versions = Array.from({ length: 400 }, () => ({ name: "V".repeat(4000) }));
    expect(reason(makeElf({ needs: [{ file: "liba.so", versions }] }))).toBe("more than 1,048,576 bytes of names");
  });

  it("says no more of an object file or a core dump than its type", () => {
    for (const [type, name] of [
      [1, "relocatable"],
      [4, "core"],
      [0xfe00, "other"],
    ] as const) {
      const made = facts(makeElf({ ...FULL, type }));
      expect([made.type, made.dynamic, made.needed, made.interpreter]).toEqual([name, false, [], null]);
    }
  });

  it("is damaged where a sparse source lacks what it asks for", () => {
    const half = whole.subarray(0, 400).toString("base64");
    expect(readElf(rangesSource(whole.length, [[0, half]])).kind).toBe("damaged");
    expect(readElf(rangesSource(whole.length, [])).kind).toBe("not-elf");
  });
});
