import { MsbDepsError } from "../base/errors.ts";
import { sortByName } from "../base/names.ts";
import { basename, dirname } from "../base/paths.ts";
import type { FileFact, FileType } from "../snapshot/snapshot.ts";
import type { ArchiveContents } from "./archives/members.ts";
import { Pieces } from "./pieces.ts";

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

/** What the loader said to one question about names. */
export type RawLookup = Omit<RawAnswer, "exit">;

/** A file takes two or three of these and 300 bytes of memory: enough for a tree of 800,000 files. */
const MAX_OBSERVATIONS = 2_500_000;
const MAX_NAME_CHARS = 256 * 1024 * 1024;

function tooMuch(what: string): MsbDepsError {
  return new MsbDepsError("look-failed", `the image has more to inspect than fits into memory: more than ${what}.`, {
    hint: "Name fewer or smaller directories with --artifacts.",
  });
}

/**
 * Everything that was seen of an image, by whatever way and in whatever order: more than a snapshot needs, and perhaps
 * not all of it. `undefined` is "not looked at", which is not the same as absent.
 */
export class Observations {
  readonly #files = new Map<string, FileFact>();
  readonly #children = new Map<string, Children>();
  readonly #listed = new Set<string>();
  readonly #bytes = new Map<string, Pieces>();
  /** The first four bytes of files of which no more is at hand: most files are neither ELF files nor scripts. */
  readonly #heads = new Map<string, number>();
  readonly #failures = new Map<string, string>();
  readonly #answers = new Map<string, RawAnswer>();
  /** What loaders found for many names at once. */
  readonly #lookups = new Map<string, RawLookup>();
  readonly #asked = new Set<string>();
  /** Names of which all files that packages have are known. */
  readonly #askedNames = new Set<string>();
  readonly #owners = new Set<string>();
  readonly #strings = new Map<string, readonly string[]>();
  readonly #archives = new Map<string, { readonly contents: ArchiveContents; readonly size: number }>();

  #left = MAX_OBSERVATIONS;
  #leftChars = MAX_NAME_CHARS;

  addFile(path: string, { type, mode, uid, gid, size, target }: RawFile): void {
    if (!this.#files.has(path)) this.#count(path.length + (target?.length ?? 0));
    const isNew = (this.#files.get(path)?.type ?? "absent") === "absent";
    const fact = { path, type, mode, uid, gid, size };
    this.#files.set(path, target === undefined ? fact : { ...fact, target });
    if (type === "absent" || path === "/" || !isNew) return;
    const parent = dirname(path);
    const children = this.#children.get(parent);
    if (children === undefined) this.#children.set(parent, { paths: [path], isSorted: true });
    else {
      children.paths.push(path);
      children.isSorted = false;
    }
  }

  /** Another name of a file that was added before (a hard link). */
  addSameFile(path: string, target: string): void {
    const file = this.#files.get(target);
    if (file !== undefined) this.addFile(path, file);
    const bytes = this.#bytes.get(target);
    if (bytes !== undefined) this.#bytes.set(path, bytes);
    const head = this.#heads.get(target);
    if (head !== undefined) this.#heads.set(path, head);
    const strings = this.#strings.get(target);
    if (strings !== undefined) this.#strings.set(path, strings);
  }

  addListing(path: string): void {
    this.#count(path.length);
    this.#listed.add(path);
  }

  addBytes(path: string, offset: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#count(0);
    const head = this.#head(path);
    const pieces = this.#bytes.get(path) ?? (head === null ? null : new Pieces({ offset: 0, bytes: head }));
    if (pieces === null && offset === 0 && bytes.length === HEAD) {
      this.#heads.set(path, new DataView(bytes.buffer, bytes.byteOffset).getInt32(0));
      return;
    }
    if (pieces === null) this.#bytes.set(path, new Pieces({ offset, bytes }));
    else this.#bytes.set(path, pieces.add({ offset, bytes }));
    this.#heads.delete(path);
  }

  /** A file, folder or database that could not be read, with the reason. */
  addFailure(path: string, reason: string): void {
    if (this.#failures.has(path)) return;
    this.#count(path.length + reason.length);
    this.#failures.set(path, reason);
  }

  addAnswer(loader: string, file: string, answer: RawAnswer): void {
    this.#answers.set(`${loader}\0${file}`, answer);
  }

  /** What a loader found for many names at once. */
  addLookup(loader: string, lookup: RawLookup): void {
    this.#lookups.set(loader, lookup);
  }

  /** The sonames among the string literals of a file. */
  addStrings(path: string, names: readonly string[]): void {
    this.#strings.set(path, names);
  }

  /** What is in an archive; `size`: what was read of it in memory. */
  addArchive(path: string, contents: ArchiveContents, size: number): void {
    for (const { path: member, ranges = [] } of contents.files)
      this.#count(ranges.reduce((sum, [, text]) => sum + text.length, member.length));
    this.#archives.set(path, { contents, size });
  }

  archive(path: string): ArchiveContents | undefined {
    return this.#archives.get(path)?.contents;
  }

  /** How many archives were opened, and their sizes in all. */
  archiveSizes(): { readonly count: number; readonly bytes: number } {
    const bytes = [...this.#archives.values()].reduce((sum, { size }) => sum + size, 0);
    return { count: this.#archives.size, bytes };
  }

  /** Paths that dpkg was asked about. */
  addAsked(paths: Iterable<string>): void {
    for (const path of paths) {
      if (!this.#asked.has(path)) this.#count(path.length);
      this.#asked.add(path);
    }
  }

  /** Names of files, wherever these are, whose owners are known. */
  addAskedNames(names: Iterable<string>): void {
    for (const name of names) {
      if (!this.#askedNames.has(name)) this.#count(name.length);
      this.#askedNames.add(name);
    }
  }

  addOwnerLines(lines: Iterable<string>): void {
    for (const line of lines) {
      if (line === "" || this.#owners.has(line)) continue;
      this.#count(line.length);
      this.#owners.add(line);
    }
  }

  /** The entry at a path none of whose components but the last is a symlink. */
  lstat(path: string): FileFact | undefined {
    const known = this.#files.get(path);
    if (known !== undefined || path === "/") return known;
    const parent = dirname(path);
    if (this.#listed.has(parent)) return absent(path);
    const above = this.lstat(parent);
    return above !== undefined && above.type !== "directory" && above.type !== "symlink" ? absent(path) : undefined;
  }

  /** The paths of a folder's entries, sorted by bytes. */
  list(path: string): readonly string[] | undefined {
    if (!this.#listed.has(path)) return undefined;
    const children = this.#children.get(path);
    if (children === undefined) return [];
    if (!children.isSorted) sortByName(children.paths, (child) => child);
    children.isSorted = true;
    return children.paths;
  }

  /** As many bytes from an offset as are at hand in one go, up to a length. */
  peek(path: string, offset: number, length: number): Uint8Array {
    const pieces = this.#bytes.get(path);
    if (pieces !== undefined) return pieces.peek(offset, length);
    const head = offset < HEAD ? this.#head(path) : null;
    return head === null ? new Uint8Array(0) : head.subarray(offset, offset + length);
  }

  /** @throws MsbDepsError `look-failed` where there is more than fits */
  #count(chars: number): void {
    this.#left -= 1;
    this.#leftChars -= chars;
    if (this.#left < 0) throw tooMuch(`${MAX_OBSERVATIONS.toLocaleString("en")} files, directories and other facts`);
    if (this.#leftChars < 0) throw tooMuch(`${MAX_NAME_CHARS.toLocaleString("en")} bytes of names`);
  }

  #head(path: string): Buffer | null {
    const head = this.#heads.get(path);
    if (head === undefined) return null;
    const bytes = Buffer.alloc(HEAD);
    bytes.writeInt32BE(head);
    return bytes;
  }

  failure(path: string): string | undefined {
    return this.#failures.get(path);
  }

  answer(loader: string, file: string): RawAnswer | undefined {
    return this.#answers.get(`${loader}\0${file}`);
  }

  lookup(loader: string): RawLookup | undefined {
    return this.#lookups.get(loader);
  }

  get hasLookup(): boolean {
    return this.#lookups.size > 0;
  }

  strings(path: string): readonly string[] | undefined {
    return this.#strings.get(path);
  }

  wasAsked(path: string): boolean {
    return this.#asked.has(path) || this.#askedNames.has(basename(path));
  }

  ownerLines(): Iterable<string> {
    return this.#owners;
  }
}

const HEAD = 4;

/** The paths of a folder's entries. */
interface Children {
  readonly paths: string[];
  isSorted: boolean;
}

function absent(path: string): FileFact {
  return { path, type: "absent", mode: 0, uid: 0, gid: 0, size: 0 };
}
