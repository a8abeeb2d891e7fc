import { describe, expect, it } from "vitest";
import { type CacheEntry, parseCache } from "../../src/loader/cache.ts";

/*
 * Files of glibc's sysdeps/generic/dl-cache.h, made by hand: what this machine's ldconfig does not write (other byte
 * orders, masks of old capabilities, damaged tables) can be read too.
 */

interface Made {
  readonly soname: string;
  readonly path: string;
  readonly flags?: number;
  /** The 64 bits of the entry's hwcap: the low and the high half. */
  readonly hwcap?: readonly [low: number, high: number];
}

const EXTENSION = 0x4000_0000;
const ENTRIES: readonly Made[] = [
  { soname: "libone.so.1", path: "/lib/libone.so.1", flags: 0x303 },
  { soname: "libtwo.so.2", path: "/opt/lib/libtwo.so.2", flags: 3 },
];
const READ: readonly CacheEntry[] = ENTRIES.map(({ soname, path, flags = 0 }) => ({
  soname,
  path,
  flags,
  hwcap: null,
}));

/** The strings of some entries, and where each begins. */
function stringTable(texts: readonly string[]): { bytes: Buffer; offsets: readonly number[] } {
  const offsets: number[] = [];
  let length = 0;
  for (const text of texts) {
    offsets.push(length);
    length += text.length + 1;
  }
  return { bytes: Buffer.from(texts.map((text) => `${text}\0`).join("")), offsets };
}

/** struct cache_file: offsets count from the end of the table. */
function oldCache(entries: readonly Made[], stringBytes?: Buffer): Buffer {
  const { bytes, offsets } = stringTable(entries.flatMap(({ soname, path }) => [soname, path]));
  const table = Buffer.alloc(16 + entries.length * 12);
  table.write("ld.so-1.7.0");
  table.writeUInt32LE(entries.length, 12);
  entries.forEach(({ flags = 0 }, index) => {
    const at = 16 + index * 12;
    table.writeInt32LE(flags, at);
    table.writeUInt32LE(offsets[2 * index] ?? 0, at + 4);
    table.writeUInt32LE(offsets[2 * index + 1] ?? 0, at + 8);
  });
  return Buffer.concat([table, stringBytes ?? bytes]);
}

interface NewOptions {
  readonly big?: boolean;
  /** The header's byte about the byte order; by default what `big` says. */
  readonly mark?: number;
  /** Names of glibc-hwcaps folders, which an extension lists. */
  readonly hwcaps?: readonly string[];
  /** Changes to the sections before the one with the names. */
  readonly sections?: readonly number[];
}

/** struct cache_file_new: offsets count from the start of its header. */
function newCache(
  entries: readonly Made[],
  { big = false, mark = big ? 3 : 2, hwcaps, sections = [] }: NewOptions = {},
) {
  const texts = [...entries.flatMap(({ soname, path }) => [soname, path]), ...(hwcaps ?? [])];
  const { bytes, offsets } = stringTable(texts);
  const head = Buffer.alloc(48 + entries.length * 24);
  const put = (buffer: Buffer, value: number, at: number) =>
    big ? buffer.writeUInt32BE(value, at) : buffer.writeUInt32LE(value, at);
  head.write("glibc-ld.so.cache1.1");
  put(head, entries.length, 20);
  put(head, bytes.length, 24);
  head[28] = mark;
  entries.forEach(({ flags = 0, hwcap: [low, high] = [0, 0] }, index) => {
    const at = 48 + index * 24;
    put(head, flags, at);
    put(head, head.length + (offsets[2 * index] ?? 0), at + 4);
    put(head, head.length + (offsets[2 * index + 1] ?? 0), at + 8);
    put(head, big ? high : low, at + 16);
    put(head, big ? low : high, at + 20);
  });
  if (hwcaps === undefined) return Buffer.concat([head, bytes]);
  const padding = Buffer.alloc((4 - (bytes.length % 4)) % 4);
  const directory = head.length + bytes.length + padding.length;
  put(head, directory, 32);
  const extension = Buffer.alloc(8 + (sections.length + 1) * 16 + hwcaps.length * 4);
  put(extension, 0xeaa42174, 0);
  put(extension, sections.length + 1, 4);
  [...sections, 1].forEach((tag, index) => {
    const at = 8 + index * 16;
    put(extension, tag, at);
    put(extension, directory + 8 + (sections.length + 1) * 16, at + 8);
    put(extension, hwcaps.length * 4, at + 12);
  });
  hwcaps.forEach((_, index) => {
    const text = head.length + (offsets[2 * entries.length + index] ?? 0);
    put(extension, text, 8 + (sections.length + 1) * 16 + index * 4);
  });
  return Buffer.concat([head, bytes, padding, extension]);
}

/** The old format with the new one behind its table, as ldconfig wrote it before 2.32. */
function compatCache(count: number): Buffer {
  const old = oldCache(ENTRIES.slice(0, count), Buffer.alloc(0));
  return Buffer.concat([old, Buffer.alloc((8 - (old.length % 8)) % 8), newCache(ENTRIES)]);
}

function changed(bytes: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt32LE(value, at);
  return copy;
}

describe("parseCache", () => {
  it.each<[string, Buffer]>([
    ["the new format", newCache(ENTRIES)],
    ["the new format in big endian", newCache(ENTRIES, { big: true })],
    ["the new format of an older glibc, without a mark of the byte order", newCache(ENTRIES, { mark: 0 })],
    ["the old format", oldCache(ENTRIES)],
    ["both, with an even number of entries", compatCache(2)],
    ["both, with an odd number of entries", compatCache(1)],
    ["a part of a larger buffer", Buffer.concat([Buffer.from("before"), newCache(ENTRIES)]).subarray(6)],
  ])("reads %s", (_, bytes) => {
    expect(parseCache(bytes)).toEqual({ kind: "cache", entries: READ });
  });

  it.each([newCache([]), oldCache([])])("reads a cache without entries", (bytes) => {
    expect(parseCache(bytes)).toEqual({ kind: "cache", entries: [] });
  });

  it.each([false, true])("names glibc-hwcaps folders by the extension, big endian: %s", (big) => {
    const entry = (low: number, high: number): Made => ({ soname: "l", path: "/l", hwcap: [low, high] });
    const made = [entry(0, EXTENSION), entry(1, EXTENSION | 5), entry(2, EXTENSION), entry(0, 0)];
    const hwcapsOf = (options: NewOptions) => {
      const reading = parseCache(newCache(made, { big, ...options }));
      return reading.kind === "cache" ? reading.entries.map(({ hwcap }) => hwcap) : reading;
    };
    const names = ["x86-64-v2", "x86-64-v3"];
    const expected = ["x86-64-v2", "x86-64-v3", "glibc-hwcaps-2", null];
    expect(hwcapsOf({ hwcaps: names })).toEqual(expected);
    expect(hwcapsOf({ hwcaps: names, sections: [0, 0] })).toEqual(expected);
    // Names are all that is lost with the extension.
    const unnamed = ["glibc-hwcaps-0", "glibc-hwcaps-1", "glibc-hwcaps-2", null];
    expect(hwcapsOf({})).toEqual(unnamed);
    expect(hwcapsOf({ hwcaps: names, sections: Array<number>(64).fill(0) })).toEqual(unnamed);
  });

  it("shows the mask of an older glibc's capabilities", () => {
    const made: Made[] = [
      [4, 0],
      [0, 1],
      [0x8000_0001, 0x8000_0000],
    ].map(([low = 0, high = 0]) => ({
      ...{ soname: "l", path: "/l" },
      hwcap: [low, high],
    }));
    const reading = parseCache(newCache(made));
    expect(reading.kind === "cache" && reading.entries.map(({ hwcap }) => hwcap)).toEqual([
      "0x0000000000000004",
      "0x0000000100000000",
      "0x8000000080000001",
    ]);
  });

  it("does without an extension that is damaged", () => {
    const made: Made[] = [{ soname: "l", path: "/l", hwcap: [0, EXTENSION] }];
    const whole = newCache(made, { hwcaps: ["x86-64-v2"] });
    const directory = whole.readUInt32LE(32);
    const first = (bytes: Buffer) => {
      const reading = parseCache(bytes);
      return reading.kind === "cache" ? reading.entries[0]?.hwcap : reading.kind;
    };
    expect(first(whole)).toBe("x86-64-v2");
    const damages: readonly [at: number, value: number][] = [
      [32, whole.length],
      [32, whole.length - 2],
      [directory, 1],
      [directory + 4, 0],
      [directory + 8 + 8, whole.length],
      [directory + 8 + 12, 8],
      [directory + 8 + 12, 3],
    ];
    for (const [at, value] of damages) expect(first(changed(whole, at, value))).toBe("glibc-hwcaps-0");
    expect(first(changed(whole, directory + 24, whole.length))).toBe("");
  });

  const fresh = newCache(ENTRIES);
  const old = oldCache(ENTRIES);
  it.each<[string, Buffer, string]>([
    ["another file", Buffer.from("#!/bin/sh\nexit 0\n"), "not an ld.so.cache"],
    ["an empty file", Buffer.alloc(0), "not an ld.so.cache"],
    ["half an old header", old.subarray(0, 15), "not an ld.so.cache"],
    ["half a new header", fresh.subarray(0, 47), "header"],
    ["more old entries than there are", changed(old, 12, 1000), "longer than the file"],
    ["more new entries than there are", changed(fresh, 20, 1000), "longer than the file"],
    ["half an old table", old.subarray(0, 16 + 23), "longer than the file"],
    ["half a new table", fresh.subarray(0, 48 + 47), "longer than the file"],
    ["an old table without strings", old.subarray(0, 16 + 24), "entry 0"],
    ["a new table without strings", fresh.subarray(0, 48 + 48), "entry 0"],
    ["an old name outside of the file", changed(old, 16 + 12 + 4, 1000), "entry 1"],
    ["a name outside of the file", changed(fresh, 48 + 24 + 4, 1000), "entry 1"],
    ["a path outside of the file", changed(fresh, 48 + 24 + 8, fresh.length), "entry 1"],
    ["a path without an end", fresh.subarray(0, -1), "entry 1"],
    ["a path that is longer than paths are", newCache([{ soname: "l", path: `/${"x".repeat(4096)}` }]), "entry 0"],
  ])("calls %s damaged", (_, bytes, reason) => {
    expect(parseCache(bytes)).toEqual({ kind: "damaged", reason: expect.stringContaining(reason) });
  });

  it("takes paths up to the system's limit", () => {
    const path = `/${"x".repeat(4094)}`;
    expect(parseCache(newCache([{ soname: "l", path }]))).toMatchObject({ entries: [{ path }] });
  });
});
