import { Damage } from "./damage.ts";
import { readHeader } from "./header.ts";
import { PF_W, PT_LOAD, readSegments } from "./segments.ts";
import { type ByteSource, mergeSpans, type Span } from "./source.ts";

/**
 * The parts of a file that are loaded and not writable, where compilers put their string literals: sorted, merged and
 * within the file. Reads what `readElf` reads too, the header and the program header table; none for a damaged file.
 */
export function readOnlySpans(source: ByteSource): readonly Span[] {
  try {
    const spans = readSegments(source, readHeader(source))
      .filter(({ type, flags, fileSize }) => type === PT_LOAD && (flags & PF_W) === 0 && fileSize > 0)
      .map(({ offset, fileSize }): Span => [offset, Math.min(offset + fileSize, source.size)]);
    return mergeSpans(spans.filter(([start, end]) => start < end));
  } catch (error) {
    if (error instanceof Damage) return [];
    throw error;
  }
}
