import { type ByteSource, inside } from "../elf/source.ts";
import type { ByteRange } from "./snapshot.ts";

/** A sparse source: a file's size and the ranges that a snapshot kept of it, in order and without overlap. */
export function rangesSource(size: number, ranges: readonly ByteRange[]): ByteSource {
  const chunks = ranges.map(([start, text]) => ({ start, bytes: Buffer.from(text, "base64") }));
  const peek = (offset: number, length: number): Uint8Array => {
    const parts: Uint8Array[] = [];
    let at = offset;
    for (let index = lastBefore(chunks, offset); index >= 0 && index < chunks.length; index += 1) {
      const { start = 0, bytes = new Uint8Array(0) } = chunks[index] ?? {};
      if (start > at || start + bytes.length <= at || at >= offset + length) break;
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

/** The index of the last chunk that does not start behind an offset; -1 for none. */
function lastBefore(chunks: readonly { readonly start: number }[], offset: number): number {
  let [low, high] = [0, chunks.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((chunks[middle]?.start ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
