import { describe, expect, it } from "vitest";
import type { DynamicSection } from "../../src/elf/dynamic.ts";
import type { ElfHeader } from "../../src/elf/header.ts";
import { oddity } from "../../src/elf/layout.ts";
import { readElf } from "../../src/elf/reader.ts";
import { PT_DYNAMIC, PT_INTERP, PT_LOAD, PT_PHDR, type Segment } from "../../src/elf/segments.ts";
import { bytesSource } from "../../src/elf/source.ts";
import { makeElf } from "./make-elf.ts";

const HEADER: ElfHeader = {
  ...{
    class: 64,
    endian: "little",
    type: "shared",
    machine: "x86-64",
    osAbi: 0,
    flags: 0,
    sectionHeaders: { offset: 0, count: 0, entrySize: 0, names: 0 },
  },
  programHeaders: { offset: 64, entrySize: 56, count: 5 },
};

const segment = (type: number, address: number, fileSize: number, more: Partial<Segment> = {}): Segment => ({
  ...{ type, flags: 4, offset: address, address, fileSize, memorySize: fileSize, align: 4096 },
  ...more,
});

const PLAIN: readonly Segment[] = [
  segment(PT_PHDR, 64, 280),
  segment(PT_INTERP, 0x200, 28),
  segment(PT_LOAD, 0, 0x1234),
  segment(PT_LOAD, 0x2db8, 0x400, { memorySize: 0x600 }),
  segment(PT_DYNAMIC, 0x2e00, 0x1d0),
];
const [TABLE, INTERP, TEXT, DATA, DYNAMIC] = PLAIN as [Segment, Segment, Segment, Segment, Segment];
const TERMINATED = { terminated: true } as DynamicSection;

const judge = (segments: readonly Segment[], header: Partial<ElfHeader> = {}, dynamic = TERMINATED) =>
  oddity({ ...HEADER, ...header }, segments, dynamic);

describe("oddity", () => {
  it("finds nothing odd in what linkers make", () => {
    expect(judge(PLAIN)).toBeNull();
    expect(judge([TEXT, DATA])).toBeNull();
    expect(
      judge(
        PLAIN.map((one) => ({ ...one, address: one.address + 0x400000 })),
        { type: "executable" },
      ),
    ).toBeNull();
    const old = [TEXT, { ...DATA, address: 0x200db8, align: 0x200000 }];
    expect(judge(old)).toBeNull();
  });

  const OVERLAP = "its segments overlap or are out of order";
  const CASES: readonly [string, readonly Segment[], string][] = [
    ["two dynamic sections", [...PLAIN, DYNAMIC], "it has two program headers of a kind"],
    ["two tables", [TABLE, ...PLAIN], "it has two program headers of a kind"],
    ["two interpreters", [INTERP, ...PLAIN], "it has two program headers of a kind"],
    ["segments out of order", [DATA, TEXT, DYNAMIC], OVERLAP],
    ["a far segment before the last", [TEXT, segment(PT_LOAD, 0x7f00_0000, 4096), DATA, DYNAMIC], OVERLAP],
    ["two segments in one page", [TEXT, segment(PT_LOAD, 0x1800, 16), DATA, DYNAMIC], OVERLAP],
    ["zeros that reach into the next segment", [{ ...TEXT, memorySize: 0x2001 }, DATA, DYNAMIC], OVERLAP],
    ["less memory than file", [TEXT, { ...DATA, memorySize: 0x100 }, DYNAMIC], OVERLAP],
    ["a segment over the end of the addresses", [TEXT, segment(PT_LOAD, 2 ** 64 - 4096, 8192)], OVERLAP],
    ["a table elsewhere in memory", [{ ...TABLE, address: 0x80 }, TEXT], "PT_PHDR is not its program header table"],
    ["a table in no segment", [{ ...TABLE, address: 0x9000 }, TEXT], "PT_PHDR is not its program header table"],
    [
      "a dynamic section over the end of a segment",
      [TEXT, DATA, segment(PT_DYNAMIC, 0x3100, 0x100)],
      "its dynamic section is not whole in one segment",
    ],
    [
      "a dynamic section that is longer in the file",
      [TEXT, DATA, { ...DYNAMIC, memorySize: 16 }],
      "its dynamic section is not whole in one segment",
    ],
  ];
  it.each(CASES)("sees %s", (_, segments, expected) => expect(judge(segments)).toBe(expected));

  it("sees a dynamic section without an end, or without contents", () => {
    const expected = "its dynamic section is not whole in one segment";
    expect(judge(PLAIN, {}, { terminated: false } as DynamicSection)).toBe(expected);
    expect(oddity(HEADER, PLAIN, null)).toBe(expected);
  });

  it("knows where a loader can be: above 8 GiB, on 32 bits above 1 GiB", () => {
    const at = (address: number) => [{ ...TEXT, address }];
    const expected = "its fixed addresses are unusually high";
    expect(judge(at(0x2_0000_0000), { type: "executable" })).toBe(expected);
    expect(judge(at(0x2_0000_0000))).toBeNull();
    expect(judge(at(0x3fff_f000), { type: "executable", class: 32, machine: "386" })).toBe(expected);
    expect(judge(at(0x0804_8000), { type: "executable", class: 32, machine: "386" })).toBeNull();
  });

  it("counts pages of 64 KiB where a kernel may have them", () => {
    const close = [TEXT, { ...DATA, address: 0xfdb8 }];
    expect(judge(close)).toBeNull();
    expect(judge(close, { machine: "aarch64" })).toBe(OVERLAP);
    expect(judge([TEXT, { ...DATA, address: 0x1fdb8 }], { machine: "aarch64" })).toBeNull();
  });

  it("is asked of every program header that there can be: more are damage", () => {
    const bytes = makeElf({ needed: ["liba.so"] });
    bytes.writeUInt16LE(0xffff, 56);
    expect(readElf(bytesSource(bytes))).toMatchObject({ kind: "damaged" });
  });
});
