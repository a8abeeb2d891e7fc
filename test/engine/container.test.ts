import fc from "fast-check";
import { expect, test } from "vitest";
import { demultiplexer } from "../../src/engine/container/demux.ts";
import { Leftovers } from "../../src/engine/leftovers.ts";

test("frames of an attached container, cut anywhere", () => {
  const frames = fc.array(fc.record({ stream: fc.constantFrom(1, 2), body: fc.uint8Array({ maxLength: 30 }) }));
  fc.assert(
    fc.property(frames, fc.integer({ min: 1, max: 12 }), (given, size) => {
      const all = Buffer.concat(
        given.map(({ stream, body }) => {
          const header = Buffer.alloc(8);
          header[0] = stream;
          header.writeUInt32BE(body.length, 4);
          return Buffer.concat([header, body]);
        }),
      );
      const seen: Record<number, Buffer[]> = { 1: [], 2: [] };
      const demultiplex = demultiplexer((stream, bytes) => seen[stream]?.push(bytes));
      for (let at = 0; at < all.length; at += size) demultiplex(all.subarray(at, at + size));
      for (const stream of [1, 2]) {
        const expected = Buffer.concat(given.flatMap((one) => (one.stream === stream ? [one.body] : [])));
        expect(Buffer.concat(seen[stream] ?? []).equals(expected)).toBe(true);
      }
    }),
  );
});

test("what is left is removed once, and one failure does not keep the rest", async () => {
  const removed: string[] = [];
  const leftovers = new Leftovers();
  const early = leftovers.add(async () => void removed.push("early"));
  leftovers.add(() => Promise.reject(new Error("stuck")));
  leftovers.add(async () => void removed.push("late"));
  await early();
  await leftovers.removeAll();
  await early();
  expect(removed).toEqual(["early", "late"]);
});
