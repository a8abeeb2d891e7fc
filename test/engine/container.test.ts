import fc from "fast-check";
import { expect, test } from "vitest";
import { Demultiplexer } from "../../src/engine/container/demux.ts";

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
      const demultiplexer = new Demultiplexer((stream, bytes) => seen[stream]?.push(bytes));
      for (let at = 0; at < all.length; at += size) demultiplexer.push(all.subarray(at, at + size));
      expect(demultiplexer.isInside).toBe(false);
      for (const stream of [1, 2]) {
        const expected = Buffer.concat(given.flatMap((one) => (one.stream === stream ? [one.body] : [])));
        expect(Buffer.concat(seen[stream] ?? []).equals(expected)).toBe(true);
      }
    }),
  );
});

test("output that ends within a frame, and a frame of no stream", () => {
  const demultiplexer = new Demultiplexer(() => {});
  demultiplexer.push(Buffer.of(1, 0, 0, 0, 0, 0, 0, 3, 0x61));
  expect(demultiplexer.isInside).toBe(true);
  demultiplexer.push(Buffer.from("bc"));
  expect(demultiplexer.isInside).toBe(false);
  demultiplexer.push(Buffer.of(1, 0));
  expect(demultiplexer.isInside).toBe(true);
  expect(() => new Demultiplexer(() => {}).push(Buffer.from("HTTP/1.1"))).toThrow("a frame of stream 72");
});
