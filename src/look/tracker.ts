import { Allowance, type Pool } from "../base/allowance.ts";
import { compareNames, decodeName } from "../base/names.ts";
import { dirname } from "../base/paths.ts";
import type { Steps } from "../base/steps.ts";
import type { ElfReading } from "../elf/facts.ts";
import { scriptPacking } from "../elf/packing.ts";
import { readOnlySpans } from "../elf/read-only.ts";
import { readElf } from "../elf/reader.ts";
import { type ByteSource, mergeSpans, recordingSource, type Span } from "../elf/source.ts";
import { readUnloaded } from "../elf/unloaded.ts";
import { mentioned, OPENERS } from "../snapshot/library-names.ts";
import { rangesSource } from "../snapshot/ranges.ts";
import { SHEBANG_BYTES } from "../snapshot/shebang.ts";
import type { ByteRange, FileFact } from "../snapshot/snapshot.ts";
import { archiveKind, probeLength } from "./archives/kinds.ts";
import { type ArchiveContents, unopened } from "./archives/members.ts";
import type { Misses } from "./misses.ts";
import type { Observations, RawFile } from "./observations.ts";

/** What a regular file is, as far as it matters here. */
export type Content = ElfReading | { readonly kind: "script"; readonly head: string };

/**
 * What a snapshot keeps of the tables of all ELF files, beside what each may have of its own: four times what the largest
 * of a Debian machine has (`scripts/elf-maxima.mjs`).
 */
const TABLE_BYTES = 64 * 1024 * 1024;
const OWN_TABLE_BYTES = 16 * 1024;
const TOO_MANY_TABLES = `the tables of all ELF files have more than ${TABLE_BYTES} bytes`;

/**
 * Hands out observations and notes which of them were used: these, and no others, make the snapshot. So it does not
 * depend on how much more a way of looking happened to bring.
 */
export class Tracker {
  readonly misses: Misses = {
    stats: new Set(),
    lists: new Set(),
    reads: new Map(),
    asks: new Map(),
    owners: new Set(),
    strings: new Set(),
    archives: new Map(),
  };
  readonly facts = new Map<string, FileFact>();
  readonly listed = new Set<string>();
  readonly unreadable = new Map<string, string>();
  readonly #observations: Observations;
  readonly #contents = new Map<string, Content>();
  readonly #unloaded = new Set<string>();
  /** The directories that stand for archives, and the members of each directory in them. */
  readonly #archives = new Set<string>();
  readonly #members = new Map<string, string[]>();
  readonly #tables: Pool = { left: TABLE_BYTES };

  constructor(observations: Observations) {
    this.#observations = observations;
  }

  /** The entry at a path, which becomes part of the snapshot; null where it cannot be known. */
  lstat(path: string): FileFact | null {
    const known = this.facts.get(path) ?? this.#insideArchive(path) ?? this.#observations.lstat(path);
    if (known !== undefined) {
      this.facts.set(path, known);
      return known;
    }
    if (!this.#failed(path)) this.misses.stats.add(path);
    return null;
  }

  /** The entries of a folder, all of which become part of the snapshot. */
  *list(path: string, entryMatters: (path: string) => boolean = () => true): Steps<readonly string[]> {
    const members = this.#members.get(path);
    if (members !== undefined) return members;
    const failed = this.#failed(path);
    const entries = this.#observations.list(path)?.filter(entryMatters);
    if (entries === undefined) {
      if (!failed) this.misses.lists.add(path);
      return [];
    }
    if (!this.listed.has(path)) {
      this.listed.add(path);
      for (const entry of entries) {
        this.lstat(entry);
        yield;
      }
    }
    return entries;
  }

  /** The entries of a folder that matters by its names alone. */
  peekList(path: string): readonly string[] {
    const entries = this.#observations.list(path);
    if (entries === undefined && !this.#failed(path)) this.misses.lists.add(path);
    return entries ?? [];
  }

  /** The type of an entry that `peekList` gave. */
  peekType(path: string): RawFile["type"] | null {
    return this.#observations.lstat(path)?.type ?? null;
  }

  /** Reads what a regular file is; the bytes that this took become part of the snapshot. */
  examine(path: string, size: number): Content {
    const known = this.#contents.get(path);
    if (known !== undefined) return known;
    const source = recordingSource(this.#source(path, size));
    const magic = size >= 2 ? source.read(0, Math.min(4, size)) : null;
    let content: Content = { kind: "not-elf" };
    if (magic?.[0] === 0x23 && magic[1] === 0x21) {
      const bytes = this.#source(path, size).read(0, Math.min(size, SHEBANG_BYTES)) ?? new Uint8Array(0);
      content = { kind: "script", head: decodeName(bytes) };
      this.#keep(path, [[0, bytes.length]]);
    } else if (magic !== null) {
      content = this.#keepTables(path, readElf(source), source.touched());
    }
    // Most files are neither, and that is soon seen again.
    if (content.kind !== "not-elf") this.#contents.set(path, content);
    return content;
  }

  /** Keeps what was read of an ELF file, as long as there is room for it. */
  #keepTables(path: string, reading: ElfReading, spans: readonly Span[]): ElfReading {
    if (reading.kind === "not-elf") return reading;
    if (this.#spend(path, spans)) {
      this.#keep(path, spans);
      return reading;
    }
    return { kind: "damaged", reason: TOO_MANY_TABLES, isLimit: true };
  }

  /** Whether there is room for what was read of a file. */
  #spend(path: string, spans: readonly Span[]): boolean {
    const bytes = spans.reduce((sum, [start, end]) => sum + end - start, 0);
    const fits = new Allowance(OWN_TABLE_BYTES, this.#tables).spend(bytes);
    if (!fits) this.unreadable.set(path, TOO_MANY_TABLES);
    return fits;
  }

  /** Reads of an artifact what tells whether it is packed; these bytes, too, become part of the snapshot. */
  examineUnloaded(path: string, size: number, { kind }: Content): void {
    if (this.#unloaded.has(path)) return;
    this.#unloaded.add(path);
    const source = recordingSource(this.#source(path, size));
    if (kind === "elf") readUnloaded(source);
    else if (kind === "script") scriptPacking(source);
    const kept = (this.facts.get(path)?.ranges ?? []).map(spanOf);
    if (this.#spend(path, source.touched())) this.#keep(path, mergeSpans([...kept, ...source.touched()]));
  }

  /**
   * Opens an artifact that is an archive: its ELF files, scripts and links become part of the snapshot, in a directory
   * beside it.
   * @returns the path of that directory, or null
   */
  openArchive(path: string, size: number): string | null {
    const source = this.#source(path, size);
    const probe = probeLength(source.read(0, Math.min(4, size)) ?? new Uint8Array(0), size, path);
    const head = probe === 0 ? null : source.read(0, probe);
    const kind = head === null ? null : archiveKind(head, path);
    if (kind === null) return null;
    const taken = this.#observations.lstat(`${path}!`)?.type ?? "absent";
    const opened = taken === "absent" ? this.#observations.archive(path) : unopened("other", `${path}! exists`);
    if (opened === undefined) this.misses.archives.set(path, kind);
    const fact = this.facts.get(path);
    if (opened === undefined || opened.fact === null || fact === undefined) return null;
    this.facts.set(path, { ...fact, archive: opened.fact });
    if (opened.files.length > 0) this.#addMembers(`${path}!`, opened);
    return opened.files.length > 0 ? `${path}!` : null;
  }

  #addMembers(root: string, { files, listed }: ArchiveContents): void {
    this.#archives.add(root);
    for (const folder of listed) {
      this.#members.set(folder, []);
      this.listed.add(folder);
    }
    for (const file of files) {
      const { path, size, ranges = [] } = file;
      if (!this.#spend(path, ranges.map(spanOf))) continue;
      this.facts.set(path, file);
      this.#members.get(dirname(path))?.push(path);
      const reading = readElf(rangesSource(size, ranges));
      if (reading.kind !== "not-elf") this.#contents.set(path, reading);
      else if (ranges.length > 0) this.#contents.set(path, { kind: "script", head: headOf(ranges) });
    }
  }

  /** What an archive does not have is absent; undefined for a path that is in none. */
  #insideArchive(path: string): FileFact | undefined {
    for (let at = path.indexOf("!/"); at >= 0; at = path.indexOf("!/", at + 1)) {
      if (this.#archives.has(path.slice(0, at + 1))) return { path, type: "absent", mode: 0, uid: 0, gid: 0, size: 0 };
    }
    return undefined;
  }

  content(path: string): Content | undefined {
    return this.#contents.get(path);
  }

  /** A file's whole bytes, up to a limit; null where they are not to be had. */
  whole(path: string, size: number, most: number): Uint8Array | null {
    if (size > most) {
      this.unreadable.set(path, `larger than ${most} bytes`);
      return null;
    }
    return size === 0 ? new Uint8Array(0) : this.#source(path, size).read(0, size);
  }

  /** The whole bytes of a file that `peekList` gave. */
  wholeOf(path: string, most: number): Uint8Array | null {
    return this.whole(path, this.#observations.lstat(path)?.size ?? 0, most);
  }

  /** A file's whole bytes, which become part of the snapshot. */
  keepWhole(path: string, size: number, most: number): Uint8Array | null {
    const bytes = this.whole(path, size, most);
    if (bytes !== null && bytes.length > 0) this.#keep(path, [[0, bytes.length]]);
    return bytes;
  }

  /** How many bytes of an ELF file are searched for names. */
  searchedBytes(path: string, size: number): number {
    return readOnlySpans(this.#source(path, size)).reduce((sum, [start, end]) => sum + end - start, 0);
  }

  /**
   * The sonames among a file's string literals become part of the snapshot, but for those that it needs or is, and the
   * functions that open libraries.
   */
  keepStrings(path: string, known: ReadonlySet<string>): void {
    const names = this.#strings(path);
    const fact = this.facts.get(path);
    if (fact === undefined || names === null) return;
    const openers = names.filter((name) => OPENERS.includes(name)).sort(compareNames);
    const sonameStrings = names.filter((name) => !known.has(name) && !OPENERS.includes(name)).sort(compareNames);
    this.facts.set(path, { ...fact, sonameStrings, ...(openers.length === 0 ? {} : { openers }) });
  }

  /** The libraries that a text names become part of the snapshot, and of the modules that it imports those given. */
  keepMentions(path: string, modules: ReadonlySet<string>): void {
    const names = this.#strings(path);
    const fact = this.facts.get(path);
    if (fact === undefined || names === null) return;
    this.facts.set(path, { ...fact, ...mentioned(names, modules) });
  }

  #strings(path: string): readonly string[] | null {
    const names = this.#observations.strings(path);
    if (names === undefined && !this.#failed(path)) this.misses.strings.add(path);
    return names ?? null;
  }

  #keep(path: string, spans: readonly Span[]): void {
    const fact = this.facts.get(path);
    if (fact === undefined) return;
    const ranges = spans.map(([start, end]): ByteRange => {
      const bytes = this.#observations.peek(path, start, end - start);
      return [start, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64")];
    });
    this.facts.set(path, { ...fact, ranges });
  }

  #source(path: string, size: number): ByteSource {
    const peek = (offset: number, length: number): Uint8Array => {
      const most = Math.min(length, size - offset);
      if (!(offset >= 0) || !(most > 0)) return new Uint8Array(0);
      const bytes = this.#observations.peek(path, offset, most);
      // A string that ends in what is at hand needs no more.
      if (bytes.length < most && bytes.indexOf(0) < 0) this.#missRead(path, offset, offset + most);
      return bytes;
    };
    const read = (offset: number, length: number): Uint8Array | null => {
      if (!(offset >= 0) || !(length >= 0) || !(offset + length <= size)) return null;
      const bytes = this.#observations.peek(path, offset, length);
      if (bytes.length === length) return bytes;
      this.#missRead(path, offset, offset + length);
      return null;
    };
    return { size, read, peek };
  }

  #missRead(path: string, start: number, end: number): void {
    if (this.#failed(path)) return;
    const spans = this.misses.reads.get(path);
    if (spans === undefined) this.misses.reads.set(path, [[start, end]]);
    else spans.push([start, end]);
  }

  #failed(path: string): boolean {
    const reason = this.#observations.failure(path);
    if (reason !== undefined) this.unreadable.set(path, reason);
    return reason !== undefined;
  }
}

/** The first line of a script that a snapshot keeps. */
function headOf([first]: readonly ByteRange[]): string {
  return first === undefined ? "" : decodeName(Buffer.from(first[1], "base64").subarray(0, SHEBANG_BYTES));
}

function spanOf([start, text]: ByteRange): Span {
  return [start, start + Buffer.byteLength(text, "base64")];
}
