import type { Span } from "../elf/source.ts";
import { OPENERS } from "../snapshot/library-names.ts";

/** All that is searched of one image, in bytes; a file that does not fit any more is left out, and that is told. */
export const MAX_SEARCHED = 512 * 1024 * 1024;
/** Distinct sonames of one file; no program opens as many libraries by name. */
export const MAX_NAMES = 256;
/** Of each piece so much is seen again with the next one: more than a name may have, so that none is cut in two. */
export const OVERLAP = 256;

/**
 * A C string that ends in what looks like a soname (`libNAME.so`, `libNAME.so.1`), as a path does and as linkers merge
 * strings; or a format that puts a version there (`libicuuc.so.%d`): then the name has none. At most 128 bytes before
 * `.so`, and 63 after it. As the source of a regular expression that JavaScript and Perl read the same way: the script of
 * the look searches with it too.
 */
export const SONAME =
  "(?<![A-Za-z0-9_.+-])lib[A-Za-z0-9_.+-]{0,125}\\.so(?:(?=[A-Za-z0-9_.]{0,63}\\0)(?:\\.[A-Za-z0-9_]+)*(?=\\0)|(?=\\.?[%{\\0]))";

/**
 * Finds sonames, and the names of functions that open libraries ({@link OPENERS}), in a run of bytes that comes in
 * pieces; the same names however it is cut.
 */
export class SonameSearch {
  readonly #pattern = new RegExp(SONAME, "g");
  readonly #names = new Set<string>();
  readonly #openers = new Set<string>();
  #text = "";
  #isCut = false;

  /** Bytes that follow the ones before; `last` where nothing that belongs to them comes after. */
  feed(bytes: Uint8Array, last: boolean): void {
    this.#text += Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
    // What begins where the text was cut was seen before, and may be the end of a longer word.
    this.#pattern.lastIndex = this.#isCut ? 1 : 0;
    for (let match = this.#next(); match !== null; match = this.#next()) this.#names.add(match);
    for (const opener of OPENERS) if (this.#text.includes(`${opener}\0`)) this.#openers.add(opener);
    this.#isCut = !last && (this.#isCut || this.#text.length > OVERLAP);
    this.#text = last ? "" : this.#text.slice(-OVERLAP);
  }

  /** Sonames in the order in which they stand in the file, then the functions. */
  get names(): readonly string[] {
    return [...this.#names, ...this.#openers];
  }

  #next(): string | null {
    return this.#names.size < MAX_NAMES ? (this.#pattern.exec(this.#text)?.[0] ?? null) : null;
  }
}

/** The sonames, and the functions that open libraries, in the given parts of a file. */
export function sonameStrings(bytes: Uint8Array, spans: readonly Span[]): readonly string[] {
  const search = new SonameSearch();
  for (const [start, end] of spans) {
    for (let at = start; at < end; at += PIECE) {
      search.feed(bytes.subarray(at, Math.min(at + PIECE, end)), at + PIECE >= end);
    }
  }
  return search.names;
}

const PIECE = 1024 * 1024;
