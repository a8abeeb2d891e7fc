import { type ByteSource, inside } from "../elf/source.ts";
import type { ByteRange } from "./snapshot.ts";

/** A sparse source: a file's size and the ranges that a snapshot kept of it, in order and without overlap. */
export function rangesSource(size: number, ranges: readonly ByteRange[]): ByteSource {
  const chunks = ranges.map(([start, text]) => ({ start, bytes: Buffer.from(text, "base64") }));
  const peek = (offset: number, length: number): Uint8Array => {
    const parts: Uint8Array[] = [];
    let at = offset;
    for (const { start, bytes } of chunks) {
      if (at >= offset + length || start > at) break;
      if (start + bytes.length <= at) continue;
      const part = bytes.subarray(at - start, offset + length - start);
      parts.push(part);
      at += part.length;
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
  };
  return {
    size,
    read(offset, length) {
      if (!inside(offset, length, size)) return null;
      const bytes = peek(offset, length);
      return bytes.length === length ? bytes : null;
    },
    peek,
  };
}
