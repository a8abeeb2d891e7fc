import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareNames, decodeName, encodeName, sortByName } from "../../src/base/names.ts";
import { cpuTime } from "../cpu.ts";

const bytes = fc.uint8Array({ maxLength: 40 });
const mixed = fc
  .array(
    fc.oneof(
      fc.string({ unit: "grapheme" }).map((text) => Buffer.from(text)),
      bytes,
    ),
  )
  .map((parts) => Buffer.concat(parts));

describe("decodeName", () => {
  it("keeps any bytes", () => {
    fc.assert(fc.property(mixed, (name) => encodeName(decodeName(name)).equals(name)));
  });

  it("is UTF-8 where the bytes are", () => {
    fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => decodeName(Buffer.from(text)) === text));
    expect(decodeName(Buffer.from("a\ufffd😀b"))).toBe("a\ufffd😀b");
    expect(decodeName(Buffer.from([0xc3, 0x28, 0xf0, 0x9f, 0x98, 0x80, 0xff]))).toBe("\udcc3(😀\udcff");
  });

  it("takes a whole database with bytes that are no text in linear time", () => {
    const hostile = Buffer.alloc(32 * 1024 * 1024, Buffer.from([0x61, 0xff]));
    const time = cpuTime(() => expect(decodeName(hostile).length).toBe(hostile.length));
    expect(time).toBeLessThan(5000);
  });
});

describe("sortByName", () => {
  it("sorts by bytes", () => {
    fc.assert(
      fc.property(fc.array(mixed), (names) => {
        const decoded = names.map(decodeName);
        const expected = names.map((name) => name.toString("latin1")).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
        const sorted = sortByName([...decoded], (name) => name);
        expect(sorted.map((name) => encodeName(name).toString("latin1"))).toEqual(expected);
        expect([...decoded].sort(compareNames)).toEqual(sorted);
      }),
    );
  });
});
