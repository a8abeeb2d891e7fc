import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readElf } from "../../src/elf/reader.ts";
import { type ByteSource, bytesSource, recordingSource } from "../../src/elf/source.ts";
import { makeElf } from "./make-elf.ts";

/** Counts what is read, so that a wrong turn shows as too much of it. */
function meter(bytes: Uint8Array): ByteSource & { spent(): { reads: number; bytes: number; largest: number } } {
  const inner = bytesSource(bytes);
  const spent = { reads: 0, bytes: 0, largest: 0 };
  const note = (length: number): void => {
    spent.reads += 1;
    spent.bytes += length;
    spent.largest = Math.max(spent.largest, length);
  };
  return {
    size: inner.size,
    read(offset, length) {
      const found = inner.read(offset, length);
      if (found !== null) note(length);
      return found;
    },
    peek(offset, length) {
      const found = inner.peek?.(offset, length) ?? new Uint8Array(0);
      note(found.length);
      return found;
    },
    spent: () => spent,
  };
}

const samples = [
  readFileSync("/bin/true"),
  readFileSync("/lib/x86_64-linux-gnu/libc.so.6"),
  makeElf({
    class: 32,
    endian: "big",
    machine: 8,
    interpreter: "/lib/ld.so.1",
    needed: ["liba.so", "libb.so"],
    needs: [{ file: "liba.so", versions: [{ name: "V1" }, { name: "V2" }] }],
    definitions: ["D1", "D2"],
    notes: [{ name: "FDO", type: 0x407c0c0a, text: "[]" }],
  }),
];

function check(bytes: Uint8Array): void {
  const source = meter(bytes);
  const reading = readElf(source);
  expect(["elf", "damaged", "not-elf"]).toContain(reading.kind);
  expect(source.spent().largest).toBeLessThanOrEqual(65_536);
  expect(source.spent().reads).toBeLessThan(1_000_000);
  const recording = recordingSource(bytesSource(bytes));
  expect(readElf(recording)).toEqual(reading);
}

describe("readElf of anything", () => {
  it.each(samples.map((bytes, index) => [index, bytes] as const))("survives changes of sample %i", (_, sample) => {
    const head = Math.min(sample.length, 4096);
    const change = fc.tuple(fc.nat(head - 1), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff)));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 12 }), fc.nat(4), (changes, keep) => {
        const bytes = Buffer.from(sample.subarray(0, keep === 0 ? head : sample.length));
        for (const [at, value] of changes) bytes[at] = value;
        check(bytes);
      }),
      { numRuns: 400 },
    );
  });

  it.each(samples.map((bytes, index) => [index, bytes] as const))("survives sample %i cut anywhere", (_, sample) => {
    fc.assert(
      fc.property(fc.nat(sample.length), (length) => check(sample.subarray(0, length))),
      { numRuns: 300 },
    );
  });

  it("survives bytes that only begin like ELF", () => {
    const magic = Buffer.from([0x7f, 0x45, 0x4c, 0x46]);
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 2048 }),
        fc.constantFrom(1, 2),
        fc.constantFrom(1, 2),
        (rest, bits, order) => {
          check(Buffer.concat([magic, Buffer.from([bits, order, 1]), rest]));
        },
      ),
      { numRuns: 2000 },
    );
  });
});
