/** Stands in the output where a secret's value would. */
const MASK = Buffer.from("***");

/** A shorter value would also hide what is none. */
const SHORTEST = 4;

/** Takes the values of secrets out of a stream of output, wherever its chunks are cut. */
export interface Masker {
  push(chunk: Uint8Array): Buffer;
  /** What was held back, as it could have been the beginning of a value. */
  end(): Buffer;
}

/** The parts of a value that are hidden: it as a whole, and each of its lines, which tools print one by one. */
export function maskedParts(values: readonly Uint8Array[]): readonly Buffer[] {
  const parts = values.flatMap((value) => {
    const text = Buffer.from(value).toString("latin1");
    return [text, ...text.split("\n")].map((part) => part.trim());
  });
  const long = [...new Set(parts)].filter((part) => part.length >= SHORTEST);
  // The longest first: a line is part of the whole.
  return long.sort((a, b) => b.length - a.length).map((part) => Buffer.from(part, "latin1"));
}

/** `known` is asked anew for each chunk: a value is known once a step has asked for it. */
export function masker(known: () => readonly Buffer[]): Masker {
  let held: Buffer = Buffer.alloc(0);
  return {
    push(chunk) {
      const parts = known();
      const all = masked(Buffer.concat([held, chunk]), parts);
      const keep = Math.max(0, ...parts.map((part) => overlap(all, part)));
      held = all.subarray(all.length - keep);
      return all.subarray(0, all.length - keep);
    },
    end() {
      const rest = held;
      held = Buffer.alloc(0);
      return rest;
    },
  };
}

function masked(bytes: Buffer, parts: readonly Buffer[]): Buffer {
  return parts.reduce((text, part) => {
    const pieces: Buffer[] = [];
    let at = 0;
    for (let hit = text.indexOf(part); hit !== -1; hit = text.indexOf(part, at)) {
      pieces.push(text.subarray(at, hit), MASK);
      at = hit + part.length;
    }
    return at === 0 ? text : Buffer.concat([...pieces, text.subarray(at)]);
  }, bytes);
}

/** How many bytes at the end of `text` are the beginning of `part`. */
function overlap(text: Buffer, part: Buffer): number {
  for (let length = Math.min(text.length, part.length - 1); length > 0; length--) {
    if (text.subarray(text.length - length).equals(part.subarray(0, length))) return length;
  }
  return 0;
}
