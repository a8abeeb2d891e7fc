import { compareNames } from "../base/names.ts";
import type { FileType } from "../snapshot/snapshot.ts";

/** What lstat says of a path. */
export interface RawFile {
  readonly type: FileType;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly target?: string;
}

/** What the loader said to one question. */
export interface RawAnswer {
  /** Null where it could not be run or a signal ended it. */
  readonly exit: number | null;
  readonly output: string;
  readonly errors: string;
}

const ABSENT: RawFile = { type: "absent", mode: 0, uid: 0, gid: 0, size: 0 };

/**
 * Everything that was seen of an image, by whatever way and in whatever order: more than a snapshot needs, and perhaps
 * not all of it. `undefined` is "not looked at", which is not the same as absent.
 */
export class Observations {
  readonly #files = new Map<string, RawFile>();
  readonly #names = new Map<string, Set<string>>();
  readonly #listed = new Set<string>();
  readonly #bytes = new Map<string, Piece[]>();
  readonly #failures = new Map<string, string>();
  readonly #answers = new Map<string, RawAnswer>();
  readonly #asked = new Set<string>();
  readonly #owners = new Set<string>();
  readonly #strings = new Map<string, readonly string[]>();

  addFile(path: string, file: RawFile): void {
    this.#files.set(path, file);
    if (file.type === "absent" || path === "/") return;
    const parent = parentOf(path);
    const names = this.#names.get(parent);
    if (names === undefined) this.#names.set(parent, new Set([path]));
    else names.add(path);
  }

  /** Another name of a file that was added before (a hard link). */
  addSameFile(path: string, target: string): void {
    const file = this.#files.get(target);
    if (file !== undefined) this.addFile(path, file);
    const bytes = this.#bytes.get(target);
    if (bytes !== undefined) this.#bytes.set(path, bytes);
    const strings = this.#strings.get(target);
    if (strings !== undefined) this.#strings.set(path, strings);
  }

  addListing(path: string): void {
    this.#listed.add(path);
  }

  addBytes(path: string, offset: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const pieces = this.#bytes.get(path);
    if (pieces === undefined) this.#bytes.set(path, [{ offset, bytes }]);
    else pieces.push({ offset, bytes });
  }

  /** A file, folder or database that could not be read, with the reason. */
  addFailure(path: string, reason: string): void {
    if (!this.#failures.has(path)) this.#failures.set(path, reason);
  }

  addAnswer(loader: string, file: string, answer: RawAnswer): void {
    this.#answers.set(`${loader}\0${file}`, answer);
  }

  /** The sonames among the string literals of a file. */
  addStrings(path: string, names: readonly string[]): void {
    this.#strings.set(path, names);
  }

  /** Paths that dpkg was asked about. */
  addAsked(paths: Iterable<string>): void {
    for (const path of paths) this.#asked.add(path);
  }

  addOwnerLines(lines: Iterable<string>): void {
    for (const line of lines) if (line !== "") this.#owners.add(line);
  }

  /** The entry at a path none of whose components but the last is a symlink. */
  lstat(path: string): RawFile | undefined {
    const known = this.#files.get(path);
    if (known !== undefined || path === "/") return known;
    const parent = parentOf(path);
    if (this.#listed.has(parent)) return ABSENT;
    const above = this.lstat(parent);
    return above !== undefined && above.type !== "directory" && above.type !== "symlink" ? ABSENT : undefined;
  }

  /** The paths of a folder's entries, sorted by bytes. */
  list(path: string): readonly string[] | undefined {
    if (!this.#listed.has(path)) return undefined;
    return [...(this.#names.get(path) ?? [])].sort(compareNames);
  }

  /** As many bytes from an offset as are at hand in one go, up to a length. */
  peek(path: string, offset: number, length: number): Uint8Array {
    const end = offset + length;
    const parts: Uint8Array[] = [];
    let at = offset;
    // Pieces come in any order; the loop ends as soon as none of them goes on where the last one ended.
    for (let piece = this.#pieceAt(path, at); piece !== undefined && at < end; piece = this.#pieceAt(path, at)) {
      const part = piece.bytes.subarray(at - piece.offset, end - piece.offset);
      parts.push(part);
      at += part.length;
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
  }

  failure(path: string): string | undefined {
    return this.#failures.get(path);
  }

  answer(loader: string, file: string): RawAnswer | undefined {
    return this.#answers.get(`${loader}\0${file}`);
  }

  strings(path: string): readonly string[] | undefined {
    return this.#strings.get(path);
  }

  wasAsked(path: string): boolean {
    return this.#asked.has(path);
  }

  ownerLines(): Iterable<string> {
    return this.#owners;
  }

  #pieceAt(path: string, at: number): Piece | undefined {
    return this.#bytes.get(path)?.find(({ offset, bytes }) => offset <= at && at < offset + bytes.length);
  }
}

interface Piece {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** The folder that a path lies in. */
export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/** A path below a folder. */
export function childOf(folder: string, name: string): string {
  return folder === "/" ? `/${name}` : `${folder}/${name}`;
}
