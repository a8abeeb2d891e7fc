/**
 * A text put together from pieces of a source, with the way back: Docker joins continuation lines and drops comments
 * before anything reads an instruction, and later changes have to be made at exact places of the original.
 */
export interface MappedText {
  readonly text: string;
  /** Where pieces begin: the offset in `text` and the offset in the source, both rising. */
  readonly pieces: readonly Piece[];
}

interface Piece {
  readonly at: number;
  readonly source: number;
}

/** Collects pieces of a source into a {@link MappedText}. */
export class MappedTextBuilder {
  readonly #pieces: Piece[] = [];
  readonly #texts: string[] = [];
  #length = 0;

  add(text: string, source: number): this {
    if (text === "") return this;
    this.#pieces.push({ at: this.#length, source });
    this.#texts.push(text);
    this.#length += text.length;
    return this;
  }

  addMapped(mapped: MappedText): this {
    mapped.pieces.forEach((piece, index) => {
      const end = mapped.pieces[index + 1]?.at ?? mapped.text.length;
      this.add(mapped.text.slice(piece.at, end), piece.source);
    });
    return this;
  }

  get length(): number {
    return this.#length;
  }

  build(): MappedText {
    return { text: this.#texts.join(""), pieces: [...this.#pieces] };
  }
}

/** The offset in the source of a character of the text. */
export function sourceOffset(mapped: MappedText, index: number): number {
  let low = 0;
  let high = mapped.pieces.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    const piece = mapped.pieces[middle];
    if (piece !== undefined && piece.at <= index) low = middle;
    else high = middle - 1;
  }
  const piece = mapped.pieces[low];
  return piece === undefined ? 0 : piece.source + (index - piece.at);
}

/** The range in the source that a range of the text covers, half open. */
export function sourceRange(mapped: MappedText, start: number, end: number): { start: number; end: number } {
  const first = sourceOffset(mapped, start);
  return { start: first, end: end > start ? sourceOffset(mapped, end - 1) + 1 : first };
}

/** A part of the text that still knows where it came from. */
export function sliceMapped(mapped: MappedText, start: number, end: number): MappedText {
  const builder = new MappedTextBuilder();
  for (let index = 0; index < mapped.pieces.length; index += 1) {
    const piece = mapped.pieces[index];
    if (piece === undefined || piece.at >= end) break;
    const pieceEnd = mapped.pieces[index + 1]?.at ?? mapped.text.length;
    const from = Math.max(start, piece.at);
    const to = Math.min(end, pieceEnd);
    if (from < to) builder.add(mapped.text.slice(from, to), piece.source + (from - piece.at));
  }
  return builder.build();
}

/** The text without white space at its ends. */
export function trimMapped(mapped: MappedText): MappedText {
  const start = mapped.text.length - mapped.text.trimStart().length;
  const end = mapped.text.trimEnd().length;
  return sliceMapped(mapped, start, Math.max(start, end));
}
