import { describe, expect, it } from "vitest";
import type { ElfFacts } from "../../src/elf/facts.ts";
import { readElf } from "../../src/elf/reader.ts";
import { bytesSource } from "../../src/elf/source.ts";
import { abiOf, abiOfArchitecture, defaultFolders, libcOf, mismatch } from "../../src/loader/machine.ts";
import { type ElfRecipe, makeElf } from "../elf/make-elf.ts";

function facts(recipe: ElfRecipe): ElfFacts {
  const reading = readElf(bytesSource(makeElf(recipe)));
  if (reading.kind !== "elf") throw new Error(JSON.stringify(reading));
  return reading.facts;
}

const ARM = { class: 32, machine: 40 } as const;
const HARD = facts({ ...ARM, flags: 0x5000400 });
const SOFT = facts({ ...ARM, flags: 0x5000200 });
const NEUTRAL = facts({ ...ARM, flags: 0x5000000 });

const ARCHITECTURES: readonly [string, ElfRecipe][] = [
  ["amd64", { machine: 62 }],
  ["x32", { machine: 62, class: 32 }],
  ["i386", { machine: 3, class: 32 }],
  ["arm64", { machine: 183 }],
  ["armhf", { ...ARM, flags: 0x5000400 }],
  ["armel", { ...ARM, flags: 0x5000200 }],
  ["armhf", { ...ARM, flags: 0x5000000, interpreter: "/lib/ld-linux-armhf.so.3" }],
  ["ppc64el", { machine: 21, flags: 2 }],
  ["ppc64", { machine: 21, flags: 1, endian: "big" }],
  ["s390x", { machine: 22, endian: "big" }],
  ["riscv64", { machine: 243, flags: 5 }],
  ["mips64el", { machine: 8 }],
  ["mipsel", { machine: 8, class: 32 }],
  ["loong64", { machine: 258 }],
  ["armel", { ...ARM, flags: 0x5000000, interpreter: "/lib/ld-linux.so.3" }],
  ["mips", { machine: 8, class: 32, endian: "big" }],
];

describe("abiOf", () => {
  it.each(ARCHITECTURES)("knows %s", (architecture, recipe) => {
    expect(abiOf(facts(recipe))?.architecture).toBe(architecture);
  });

  it("knows no architecture where float ABI, byte order or machine are none of Debian's", () => {
    expect([abiOf(NEUTRAL), abiOf(facts({ machine: 62, endian: "big" })), abiOf(facts({ machine: 9999 }))]).toEqual([
      null,
      null,
      null,
    ]);
  });

  it.each<[string, ElfRecipe]>([
    ["mips with the NaN encoding of 2008", { machine: 8, flags: 0x400 }],
    ["mipsel with that", { machine: 8, class: 32, flags: 0x400 }],
    ["mips of the N32 ABI", { machine: 8, class: 32, flags: 0x20 }],
    ["ppc64 of 32 bits", { machine: 21, class: 32 }],
    ["arm with another interpreter and no float ABI", { ...ARM, interpreter: "/lib/ld.so" }],
  ])("knows no architecture of Debian for %s", (_, recipe) => {
    expect(abiOf(facts(recipe))).toBeNull();
  });

  it("knows dpkg's architectures by name", () => {
    expect(abiOfArchitecture("s390x")).toMatchObject({ triplet: "s390x-linux-gnu", loader: "/lib/ld64.so.1" });
    expect(abiOfArchitecture("vax")).toBeNull();
  });

  it("has the triplet folders before the others", () => {
    expect(defaultFolders(abiOf(HARD))).toEqual([
      "/lib/arm-linux-gnueabihf",
      "/usr/lib/arm-linux-gnueabihf",
      "/lib",
      "/usr/lib",
    ]);
  });
});

describe("mismatch", () => {
  const pairs: readonly [string, ElfFacts, ElfFacts, string | null][] = [
    ["same", HARD, HARD, null],
    ["hard and soft float", HARD, SOFT, "abi"],
    ["soft and hard float", SOFT, HARD, "abi"],
    ["an unmarked object with either", NEUTRAL, HARD, null],
    ["either with an unmarked object", SOFT, NEUTRAL, null],
    ["x32 and amd64", facts({ class: 32 }), facts({}), "class"],
    ["i386 and arm", facts({ class: 32, machine: 3 }), NEUTRAL, "machine"],
    ["ELFv2 and ELFv1", facts({ machine: 21, flags: 2 }), facts({ machine: 21, flags: 1 }), "abi"],
    ["unmarked and ELFv2", facts({ machine: 21, flags: 0 }), facts({ machine: 21, flags: 2 }), null],
    ["ELFv2 with other bits", facts({ machine: 21, flags: 2 }), facts({ machine: 21, flags: 6 }), null],
    ["mips with and without N32", facts({ machine: 8 }), facts({ machine: 8, flags: 0x20 }), "abi"],
    ["mips with both encodings of NaN", facts({ machine: 8, flags: 0x400 }), facts({ machine: 8 }), "abi"],
    ["mips with other bits", facts({ machine: 8, flags: 1 }), facts({ machine: 8 }), null],
    ["amd64 with other bits", facts({ flags: 1 }), facts({}), null],
    ["ELFv2 and unmarked", facts({ machine: 21, flags: 2 }), facts({ machine: 21, flags: 0 }), null],
    ["double and soft float of riscv", facts({ machine: 243, flags: 5 }), facts({ machine: 243, flags: 1 }), "abi"],
    [
      "riscv with and without compressed code",
      facts({ machine: 243, flags: 5 }),
      facts({ machine: 243, flags: 4 }),
      null,
    ],
  ];
  it.each(pairs)("%s", (_, wanted, candidate, expected) => {
    expect(mismatch(wanted, candidate)).toBe(expected);
  });
});

describe("libcOf", () => {
  it.each([
    ["glibc", { interpreter: "/lib64/ld-linux-x86-64.so.2" }],
    ["glibc", { needed: ["libc.so.6"] }],
    ["musl", { interpreter: "/lib/ld-musl-x86_64.so.1" }],
    ["musl", { needed: ["libc.musl-x86_64.so.1"] }],
    ["musl", { needed: ["libstdc++.so.6", "libc.so"] }],
    ["android", { interpreter: "/system/bin/linker64" }],
    ["android", { needed: ["libc.so"], notes: [{ name: "Android", type: 1, text: "" }] }],
    ["android", { notes: [{ name: "Android", type: 1, text: "" }] }],
    ["other", { interpreter: "/lib/ld-uClibc.so.0" }],
    ["glibc", {}],
    ["glibc", { interpreter: "/opt/system/bin/linker" }],
    ["glibc", { interpreter: "/system/bin/linker64/x" }],
    ["glibc", { interpreter: "/lib/ld-musl-x/ld.so" }],
    ["glibc", { interpreter: "/lib/ld-uClibc/ld.so" }],
    ["glibc", { needed: ["libc.so.6.1", "xlibc.musl-x"] }],
    ["android", { interpreter: "/system/bin/linker" }],
  ] as const)("knows %s by %j", (libc, recipe) => {
    expect(libcOf(facts(recipe as ElfRecipe))).toBe(libc);
  });

  it.each([
    [0, 62, "glibc"],
    [3, 62, "glibc"],
    // FreeBSD, and the ARM processor's own number.
    [9, 62, "other"],
    [97, 62, "other"],
    [97, 40, "glibc"],
  ])("knows by OSABI %i of machine %i: %s", (osAbi, machine, libc) => {
    expect(libcOf({ ...facts({ machine, class: machine === 40 ? 32 : 64 }), osAbi })).toBe(libc);
  });
});
