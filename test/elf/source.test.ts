import { describe, expect, it } from "vitest";
import { readString } from "../../src/elf/fields.ts";
import { bytesSource, mergeSpans, peekBytes, recordingSource } from "../../src/elf/source.ts";
import { rangesSource } from "../../src/snapshot/ranges.ts";

const text = Buffer.from("zero\0one\0two\0");

describe("byte sources", () => {
  it("give nothing outside of their bounds", () => {
    const source = bytesSource(text);
    for (const [offset, length] of [
      [-1, 2],
      [text.length, 1],
      [0, text.length + 1],
      [0, -1],
      [Number.NaN, 1],
      [2 ** 60, 1],
    ] as const) {
      expect(source.read(offset, length)).toBeNull();
    }
  });

  it("join ranges that touch, and say what is not there", () => {
    const range = (start: number, end: number) => [start, text.subarray(start, end).toString("base64")] as const;
    const source = rangesSource(text.length, [range(0, 5), range(5, 7), range(9, 13)]);
    expect(Buffer.from(source.read(3, 4) ?? []).toString()).toBe("o\0on");
    expect(source.read(6, 4)).toBeNull();
    expect(Buffer.from(peekBytes(source, 6, 99)).toString()).toBe("n");
    expect(Buffer.from(source.read(9, 4) ?? []).toString()).toBe("two\0");
  });

  it("record what is read, merged, and a string with its NUL and no more", () => {
    const source = recordingSource(bytesSource(text));
    expect(readString(source, 5, 4096, "a name")).toBe("one");
    expect(source.touched()).toEqual([[5, 9]]);
    source.read(0, 5);
    source.read(11, 1);
    expect(source.touched()).toEqual([
      [0, 9],
      [11, 12],
    ]);
  });

  it("read a string also where looking ahead is not offered, and where only its bytes are there", () => {
    const plain = { size: text.length, read: bytesSource(text).read };
    expect(readString(plain, 9, 4096, "a name")).toBe("two");
    expect(readString(rangesSource(500, [[9, Buffer.from("two\0").toString("base64")]]), 9, 4096, "a name")).toBe(
      "two",
    );
  });

  it("read a string up to its limit, not beyond", () => {
    const long = bytesSource(Buffer.from(`${"x".repeat(5000)}\0`));
    expect(readString(long, 0, 8192, "a name")).toHaveLength(5000);
    expect(() => readString(long, 0, 4096, "a name")).toThrow("a name is outside the file or not terminated");
  });

  it("merge spans", () => {
    expect(mergeSpans([])).toEqual([]);
    expect(
      mergeSpans([
        [5, 6],
        [0, 2],
        [2, 3],
        [1, 2],
      ]),
    ).toEqual([
      [0, 3],
      [5, 6],
    ]);
  });
});
