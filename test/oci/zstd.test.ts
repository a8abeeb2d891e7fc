import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { zstdStream } from "../../src/oci/zstd.ts";

/** By zstd(1): a frame with a checksum, a skippable frame, a frame of one segment without one. */
const FRAMES = Buffer.from(
  "KLUv/QRYpQAAYGZpcnN0IGZyYW1lIAEAcbvrJQm68RgHUypNGAUAAABza2lwISi1L/0AaJ0AAGhzZWNvbmQgZnJhbWUgAQBgzy8=",
  "base64",
);
const TEXT = "first frame ".repeat(4000) + "second frame ".repeat(3);

const decode = (bytes: Buffer, step: number): Promise<Buffer> => {
  const count = Math.ceil(bytes.length / step);
  const chunks = Array.from({ length: count }, (_, index) => bytes.subarray(index * step, (index + 1) * step));
  return buffer(Readable.from(chunks).compose(zstdStream()));
};

describe("zstdStream", () => {
  it.each([1, 2, 7, 1000])("decodes frames that come in pieces of %i", async (step) => {
    expect((await decode(FRAMES, step)).toString()).toBe(TEXT);
  });

  it("refuses what breaks off", async () => {
    await expect(decode(FRAMES.subarray(0, 30), 1000)).rejects.toThrow();
  });

  it("refuses what is none between two frames", async () => {
    await expect(decode(Buffer.concat([FRAMES, Buffer.from("no frame at all")]), 1000)).rejects.toThrow(/frame/);
  });

  it.each([
    ["a window descriptor of 2 GiB", [0x28, 0xb5, 0x2f, 0xfd, 0x00, 21 << 3]],
    ["one segment of 1 GiB", [0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 0x40]],
    ["one segment of 1 TiB", [0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 0, 1, 0, 0]],
  ])("refuses %s before it takes the memory", async (_, header) => {
    const frame = Buffer.concat([FRAMES, Buffer.from(header), Buffer.alloc(64)]);
    const before = process.memoryUsage().arrayBuffers;
    await expect(decode(frame, 1000)).rejects.toThrow(/window of more than/);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
  });
});
