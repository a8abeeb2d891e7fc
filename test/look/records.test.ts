import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MsbDepsError } from "../../src/base/errors.ts";
import { finish } from "../../src/base/steps.ts";
import { Observations } from "../../src/look/observations.ts";
import { observeRecords } from "../../src/look/observe-records.ts";
import { type LookRecord, parseRecords, splitFields } from "../../src/look/records.ts";

function write(records: readonly { key: string; payload: Uint8Array }[]): Buffer {
  const parts = [...records, { key: "end", payload: new Uint8Array(0) }].flatMap(({ key, payload }) => [
    Buffer.from(`${key} ${payload.length}\n`),
    payload,
    Buffer.from("\n"),
  ]);
  return Buffer.concat(parts);
}

const records = fc.array(
  fc.record({ key: fc.constantFrom("file", "bytes", "list"), payload: fc.uint8Array({ maxLength: 80 }) }),
  { maxLength: 8 },
);

describe("parseRecords", () => {
  it("gives back what was written", () => {
    fc.assert(
      fc.property(records, (given) => {
        const parsed = [...parseRecords(write(given))];
        expect(parsed.map(({ key, payload }) => [key, [...payload]])).toEqual(
          given.map(({ key, payload }) => [key, [...payload]]),
        );
      }),
    );
  });

  it("refuses every answer that is cut off", () => {
    const whole = write([{ key: "file", payload: Buffer.from("a\nend 0\n\nb") }]);
    for (let length = 0; length < whole.length; length += 1) {
      expect(() => [...parseRecords(whole.subarray(0, length))], `${length} bytes`).toThrow(MsbDepsError);
    }
    expect([...parseRecords(whole)]).toHaveLength(1);
  });

  it.each([
    ["bytes behind the end", "end 0\n\nx"],
    ["a length that is no number", "file -1\n\nend 0\n\n"],
    ["a length with zeros before it", "file 01\nx\nend 0\n\n"],
    ["a length of more than ten digits", "file 99999999999\nx\nend 0\n\n"],
    ["a head without an end", `${"x".repeat(100)}\nend 0\n\n`],
  ])("refuses %s", (_, answer) => {
    expect(() => [...parseRecords(Buffer.from(answer))]).toThrow(/incomplete answer/);
  });

  it("never throws anything but the error that it means", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          for (const _ of parseRecords(Buffer.from(bytes)));
        } catch (error) {
          expect(error).toBeInstanceOf(MsbDepsError);
        }
      }),
    );
  });
});

describe("splitFields", () => {
  it("leaves NULs in the last field alone", () => {
    const fields = splitFields(Buffer.from("a\0b\0c\0d"), 3);
    expect(fields.map(String)).toEqual(["a", "b", "c\0d"]);
  });

  it("refuses too few fields", () => {
    expect(() => splitFields(Buffer.from("a\0b"), 3)).toThrow(/2 fields instead of 3/);
  });
});

it("a forged answer of more records than any image has is refused before it fills the memory", () => {
  function* forged(): Generator<LookRecord> {
    for (let number = 0; ; number += 1) yield { key: "asked", payload: Buffer.from(`/${number.toString(36)}`) };
  }
  expect(() => finish(observeRecords(forged(), new Observations()))).toThrow(/more to inspect than fits into memory/);
});
