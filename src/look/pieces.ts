/** Some bytes of a file. */
interface Piece {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** What is at hand of one file: pieces that come in any order, and may overlap. */
export class Pieces {
  #pieces: Piece[];
  /** The pieces are in order, and none of them begins before the one before it ends. */
  #isTidy = true;

  constructor(piece: Piece) {
    this.#pieces = [piece];
  }

  add(piece: Piece): this {
    this.#pieces.push(piece);
    this.#isTidy = false;
    return this;
  }

  /** As many bytes from an offset as are at hand in one go, up to a length. */
  peek(offset: number, length: number): Uint8Array {
    if (!this.#isTidy) this.#tidy();
    const end = offset + length;
    const parts: Uint8Array[] = [];
    let at = offset;
    for (let index = this.#lastBefore(offset); index >= 0 && at < end; index += 1) {
      const piece = this.#pieces[index];
      if (piece === undefined || piece.offset > at || piece.offset + piece.bytes.length <= at) break;
      const part = piece.bytes.subarray(at - piece.offset, end - piece.offset);
      parts.push(part);
      at += part.length;
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
  }

  #tidy(): void {
    const tidy: Piece[] = [];
    let end = 0;
    for (const { offset, bytes } of this.#pieces.sort((a, b) => a.offset - b.offset)) {
      const overlap = Math.max(0, end - offset);
      if (overlap >= bytes.length) continue;
      tidy.push(overlap === 0 ? { offset, bytes } : { offset: end, bytes: bytes.subarray(overlap) });
      end = offset + bytes.length;
    }
    this.#pieces = tidy;
    this.#isTidy = true;
  }

  /** The index of the last piece that does not begin behind an offset; -1 for none. */
  #lastBefore(offset: number): number {
    let [low, high] = [0, this.#pieces.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#pieces[middle]?.offset ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
