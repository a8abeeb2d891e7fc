import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { frame, messages } from "../../src/engine/grpc/frames.ts";
import { Packet, SolveRequest, StatusResponse } from "../../src/engine/wire/messages.ts";
import { bool, bytes, field, int64, message, string } from "../../src/engine/wire/protobuf.ts";

const uint32s = fc.nat({ max: 0xffffffff });
const packets = fc.record({
  type: fc.nat(6),
  id: uint32s,
  data: fc.uint8Array().map((given) => Buffer.from(given)),
  stat: fc.option(
    fc.record({
      path: fc.string({ unit: "grapheme" }),
      mode: uint32s,
      uid: uint32s,
      gid: uint32s,
      size: fc.maxSafeNat(),
      modTime: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
      linkname: fc.string(),
    }),
  ),
});

describe("Protocol Buffers", () => {
  // https://protobuf.dev/programming-guides/encoding/
  test("the examples of the specification", () => {
    expect(
      message({ a: field(1, int64) })
        .encode({ a: 150 })
        .toString("hex"),
    ).toBe("089601");
    expect(
      message({ b: field(2, string) })
        .encode({ b: "testing" })
        .toString("hex"),
    ).toBe("120774657374696e67");
    expect(
      message({ a: field(1, int64) })
        .encode({ a: -2 })
        .toString("hex"),
    ).toBe("08feffffffffffffffff01");
    expect(message({ a: field(1, int64) }).decode(Buffer.from("08feffffffffffffffff01", "hex"))).toEqual({ a: -2 });
  });

  test("what is written is read again", () => {
    fc.assert(
      fc.property(packets, (packet) => {
        expect(Packet.decode(Packet.encode(packet))).toEqual(packet);
      }),
    );
    const maps = fc.dictionary(
      fc.string().filter((key) => key !== "__proto__"),
      fc.string(),
    );
    fc.assert(
      fc.property(maps, (attributes) => {
        const request = SolveRequest.decode(SolveRequest.encode({ frontendAttrs: attributes, ref: "r" }));
        expect(request).toMatchObject({ frontendAttrs: attributes, ref: "r", exporter: "" });
      }),
    );
  });

  test("lists keep their order and their empty members", () => {
    const logs = ["a", "", "b"].map((text) => ({ vertex: text, stream: 1, msg: Buffer.from(text) }));
    expect(StatusResponse.decode(StatusResponse.encode({ logs })).logs).toEqual(logs);
  });

  test("unknown fields and fields of another type are skipped", () => {
    const newer = message({ a: field(1, int64), x: field(9, bytes), y: field(12, bool) });
    const older = message({ a: field(1, int64), x: field(9, int64) });
    expect(older.decode(newer.encode({ a: 5, x: Buffer.from("..."), y: true }))).toEqual({ a: 5, x: 0 });
    // fixed64 (tag 0x11) and fixed32 (tag 0x15) of field 2, then a = 5
    expect(older.decode(Buffer.from("1101020304050607081501020304" + "0805", "hex"))).toEqual({ a: 5, x: 0 });
  });

  test("a message that is cut off is an error, never a wrong value", () => {
    const whole = Packet.encode({
      type: 2,
      data: Buffer.from("content"),
      stat: { path: "p", mode: 1, uid: 0, gid: 0, size: 9, modTime: 7n, linkname: "" },
    });
    const passes = (end: number): boolean => {
      try {
        return Packet.decode(whole.subarray(0, end)) !== null;
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
        return false;
      }
    };
    // Before the first field, after it, and after the second: elsewhere a field is cut.
    expect([...whole.keys()].filter(passes)).toHaveLength(3);
    expect(() => Packet.decode(Buffer.from("ffffffffffffffffffffff", "hex"))).toThrow(RangeError);
  });
});

describe("gRPC frames", () => {
  async function* cut(all: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
    let at = 0;
    for (const size of sizes) {
      if (at >= all.length) break;
      yield all.subarray(at, at + size);
      at += size;
    }
    if (at < all.length) yield all.subarray(at);
  }

  test("survive any cutting", async () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 40 }));
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }));
    await fc.assert(
      fc.asyncProperty(bodies, sizes, async (given, cuts) => {
        const seen: string[] = [];
        for await (const next of messages(cut(Buffer.concat(given.map(frame)), cuts))) seen.push(next.toString("hex"));
        expect(seen).toEqual(given.map((body) => Buffer.from(body).toString("hex")));
      }),
    );
  });

  test("an end inside a message, a compressed and an oversized message are errors", async () => {
    const read = async (bytes: Buffer) => {
      for await (const _message of messages(cut(bytes, [])));
    };
    await expect(read(frame(Buffer.from("abc")).subarray(0, 7))).rejects.toThrow(/ends inside/);
    await expect(read(Buffer.from([1, 0, 0, 0, 0]))).rejects.toThrow(/compressed/);
    await expect(read(Buffer.from([0, 255, 0, 0, 0]))).rejects.toThrow(/bytes/);
  });
});
