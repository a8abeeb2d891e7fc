import { type Duplex, Transform } from "node:stream";
import { createGunzip } from "node:zlib";
import { zstdStream } from "./zstd.ts";

/** A compression that is decoded here. */
export interface Compression {
  readonly name: "gzip" | "Zstandard";
  decoder(): Duplex;
}

const GZIP: Compression = { name: "gzip", decoder: createGunzip };
const ZSTD: Compression = { name: "Zstandard", decoder: zstdStream };

/** The compression that the first bytes of a file tell (RFC 1952, 2.3.1; RFC 8878, 3.1); null for any other content. */
export function compressionOf(head: Uint8Array): Compression | null {
  if (head[0] === 0x1f && head[1] === 0x8b) return GZIP;
  const [a = 0, b = 0, c = 0, d = 0] = head;
  const magic = head.length < 4 ? 0 : ((d << 24) | (c << 16) | (b << 8) | a) >>> 0;
  return magic === 0xfd2fb528 || (magic & 0xfffffff0) >>> 0 === 0x184d2a50 ? ZSTD : null;
}

/** Compressions that are known by name alone, with how their files begin. */
const OTHERS: readonly (readonly [string, string])[] = [
  ["xz", "\xfd7zXZ\0"],
  ["bzip2", "BZh"],
  ["lz4", "\x04\x22\x4d\x18"],
];

/** The name of a compression that is not decoded here; null where there is no sign of one. */
export function otherCompression(head: Uint8Array): string | null {
  const text = Buffer.from(head).toString("latin1");
  return OTHERS.find(([, magic]) => text.startsWith(magic))?.[0] ?? null;
}

/** What one archive or layer may come to: far more than images have, and few minutes of reading. */
const MAX_DECOMPRESSED = 100 * 1024 ** 3;

/** Passes on what was decompressed, up to a limit. */
export function decompressedLimit(max = MAX_DECOMPRESSED): Transform {
  let left = max;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      left -= chunk.length;
      if (left < 0) done(new Error(`it decompresses to more than ${max.toLocaleString("en")} bytes`));
      else done(null, chunk);
    },
  });
}
