import type { Span } from "../elf/source.ts";
import { OPENERS } from "../snapshot/library-names.ts";

/** All that is searched of one image, in bytes; a file that does not fit any more is left out, and that is told. */
export const MAX_SEARCHED = 512 * 1024 * 1024;
/** Distinct sonames of one file; no program opens as many libraries by name. */
export const MAX_NAMES = 256;
/** What may stand before and behind the `.so` of a name. */
const MAX_STEM = 128;
const MAX_TAIL = 64;
/** Of each piece so much is seen again with the next one, so that no name is cut in two. */
const KEPT = 256;

const MARK = ".so";
const STEM = /(?:^|[^\w.+-])(lib[\w.+-]*)$/;
/** The end of the string, or a format that puts a version there (`libicuuc.so.%d`): then the name has none. */
const TAIL = /^(?:\.\w+)*(?=\0)|^(?=\.?(?:%|\{|\0))/;

/**
 * Finds the C strings that look like sonames (`libNAME.so`, `libNAME.so.1`) in a run of bytes that comes in pieces; the
 * same names however it is cut. A string may end in the name, as a path does and as linkers merge strings. The names of
 * functions that open libraries ({@link OPENERS}) are found too. The script of the look does the same (look.pl, sub
 * soname_strings).
 */
export class SonameSearch {
  readonly #names = new Set<string>();
  readonly #openers = new Set<string>();
  #text = "";
  #from = 0;

  /** Bytes that follow the ones before; `last` where nothing that belongs to them comes behind. */
  feed(bytes: Uint8Array, last: boolean): void {
    this.#text += Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
    const until = last ? this.#text.length : this.#text.length - MARK.length - MAX_TAIL;
    for (let at = this.#text.indexOf(MARK, this.#from); at >= 0 && at < until; at = this.#text.indexOf(MARK, at + 1)) {
      this.#look(at);
    }
    for (const opener of OPENERS) if (this.#text.includes(`${opener}\0`)) this.#openers.add(opener);
    const cut = last ? this.#text.length : Math.max(0, this.#text.length - KEPT);
    this.#from = Math.max(0, until - cut);
    this.#text = this.#text.slice(cut);
    if (last) this.#from = 0;
  }

  /** Sonames in the order in which they stand in the file, then the functions. */
  get names(): readonly string[] {
    return [...this.#names, ...this.#openers];
  }

  #look(at: number): void {
    const behind = at + MARK.length;
    const tail = TAIL.exec(this.#text.slice(behind, behind + MAX_TAIL))?.[0];
    if (tail === undefined || this.#names.size >= MAX_NAMES) return;
    // One byte more than a stem may have: a longer one is no name, wherever the piece begins.
    const start = Math.max(0, at - MAX_STEM - 1);
    const stem = STEM.exec(this.#text.slice(start, at))?.[1];
    if (stem !== undefined && stem.length <= MAX_STEM) this.#names.add(stem + MARK + tail);
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
