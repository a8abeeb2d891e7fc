/** The bytes of a file, of which perhaps only some are at hand. */
export interface ByteSource {
  /** The size of the whole file. */
  readonly size: number;
  /** The bytes of a range, or null where not all of them are available. */
  read(offset: number, length: number): Uint8Array | null;
  /**
   * As many bytes from an offset as are available, up to a length; looking ahead for the end of a string must not
   * count as touching it, so a recording source does not note these.
   */
  peek?(offset: number, length: number): Uint8Array;
}

/** A source over a file that is at hand in full. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read: (offset, length) => (inside(offset, length, bytes.length) ? bytes.subarray(offset, offset + length) : null),
    peek: (offset, length) => bytes.subarray(Math.max(0, offset), Math.max(0, offset + length)),
  };
}

/** Half-open: `[start, end)`. */
export type Span = readonly [start: number, end: number];

/** A source that notes which ranges were read, so that exactly these can be stored and replayed. */
export interface RecordingSource extends ByteSource {
  /** What was read until now: sorted, merged, without overlap. */
  touched(): readonly Span[];
}

/** Notes what is read from another source. */
export function recordingSource(inner: ByteSource): RecordingSource {
  const spans: Span[] = [];
  return {
    size: inner.size,
    read(offset, length) {
      const bytes = inner.read(offset, length);
      if (bytes !== null && length > 0) spans.push([offset, offset + length]);
      return bytes;
    },
    peek: (offset, length) => peekBytes(inner, offset, length),
    touched: () => mergeSpans(spans),
  };
}

/** Sorts spans and joins those that overlap or touch. */
export function mergeSpans(spans: readonly Span[]): readonly Span[] {
  const merged: [number, number][] = [];
  for (const [start, end] of [...spans].sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    const last = merged.at(-1);
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end);
    else merged.push([start, end]);
  }
  return merged;
}

/** {@link ByteSource.peek}, also for a source without one: there by ever shorter reads. */
export function peekBytes(source: ByteSource, offset: number, length: number): Uint8Array {
  if (source.peek !== undefined) return source.peek(offset, length);
  const most = Math.min(length, source.size - offset);
  let low = 0;
  let best: Uint8Array = new Uint8Array(0);
  for (let high = most; low < high; ) {
    const middle = Math.ceil((low + high) / 2);
    const bytes = source.read(offset, middle);
    if (bytes === null) high = middle - 1;
    else {
      best = bytes;
      low = middle;
    }
  }
  return best;
}

/** Whether a range lies within a file of `size` bytes. */
export function inside(offset: number, length: number, size: number): boolean {
  return (
    Number.isSafeInteger(offset) &&
    Number.isSafeInteger(length) &&
    offset >= 0 &&
    length >= 0 &&
    offset + length <= size
  );
}
