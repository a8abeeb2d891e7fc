import { decodeName, sortByName } from "../../base/names.ts";
import { isElfMagic } from "../../elf/header.ts";
import { scriptPacking } from "../../elf/packing.ts";
import { readOnlySpans } from "../../elf/read-only.ts";
import { readElf } from "../../elf/reader.ts";
import { bytesSource, mergeSpans, recordingSource, type Span } from "../../elf/source.ts";
import { readUnloaded } from "../../elf/unloaded.ts";
import { isSearchedText, mentioned, moduleName, namesInText } from "../../snapshot/library-names.ts";
import { isShellScript, MAX_SCRIPT, SHEBANG_BYTES } from "../../snapshot/shebang.ts";
import type { ArchiveFact, FileFact } from "../../snapshot/snapshot.ts";
import { sonameStrings } from "../soname-strings.ts";
import { archiveKind, probeLength } from "./kinds.ts";

/** What an archive has in it, as facts of files in a directory beside it (`/x.whl!/…`). */
export interface ArchiveContents {
  /** Null: it is no archive after all. */
  readonly fact: ArchiveFact | null;
  /** ELF files, scripts, texts that name libraries, links and their directories. */
  readonly files: readonly FileFact[];
  readonly listed: readonly string[];
}

/** What is taken out of one archive; with more in it, it is not opened to its end. */
const MAX_FACTS = 20_000;
const MAX_NESTED = 1000;
/** Bytes that a snapshot keeps of the members of one archive, in base64. */
const MAX_KEPT = 32 * 1024 * 1024;
/** So much of the texts in one archive is searched for names; texts shrink by less than what a small archive may have. */
const MAX_TEXT_BYTES = 16 * 1024 * 1024;
/** What a text costs of that beside its bytes, so that many small ones take no long time. */
const TEXT_COST = 1024;
/** An ELF file in an archive is read in memory. */
export const MAX_MEMBER = 128 * 1024 * 1024;
/** So many of a member's first bytes tell what it is. */
export const MEMBER_HEAD = 1024;

/**
 * What an archive of some size may come to: real ones shrink by less, and what all archives of an image come to is bounded
 * by their sizes.
 */
export function maxUnpacked(size: number): number {
  return Math.min(16 * 1024 * 1024 + 64 * size, 1024 ** 3);
}

export const NO_ARCHIVE: ArchiveContents = { fact: null, files: [], listed: [] };

/** The facts of an archive that cannot be opened. */
export function unopened(kind: ArchiveFact["kind"], failure: string): ArchiveContents {
  return { fact: { kind, failure, nested: [] }, files: [], listed: [] };
}

/** Whether a member is an ELF file or a script, by its first bytes. */
export function isProgram(head: Uint8Array): boolean {
  return isElfMagic(head) || (head[0] === 0x23 && head[1] === 0x21);
}

/** Gathers what matters of the members of one archive. */
export class Members {
  readonly #archive: string;
  readonly #files = new Map<string, FileFact>();
  readonly #nested: string[] = [];
  readonly #texts: { readonly text: FileFact; readonly names: readonly string[] }[] = [];
  #kept = 0;
  #textBytes: number;

  /** @param size of the archive, in bytes */
  constructor(archive: string, size: number) {
    this.#archive = archive;
    this.#textBytes = Math.min(MAX_TEXT_BYTES, 1024 * 1024 + 16 * size);
  }

  /** Whether a member that is no program is to be searched for names of libraries, and so read to its end; asked once for each. */
  wantsText(name: string, size: number): boolean {
    if (size + TEXT_COST > this.#textBytes || !isSearchedText(name, size)) return false;
    this.#textBytes -= size + TEXT_COST;
    return true;
  }

  /** A file; `bytes` is all of it if {@link isProgram} or {@link wantsText} says so, else its start. */
  addFile(name: string, mode: number, size: number, bytes: Uint8Array): void {
    const path = this.#place(name);
    if (path === null) return;
    const fact = { ...this.#fact(path, "file", mode), size };
    const probe = bytes.subarray(0, probeLength(bytes, size, path));
    if (isProgram(bytes)) this.#put({ ...fact, ...contentOf(bytes) });
    else if (archiveKind(probe, path) !== null) this.#addNested(path);
    else if (bytes.length === size && isSearchedText(name, size))
      this.#addText(fact, bytes, Math.min(size, Math.max(4, probe.length)));
  }

  addLink(name: string, target: string): void {
    const path = this.#place(name);
    if (path !== null) this.#put({ ...this.#fact(path, "symlink", 0o777), target });
  }

  /** Another name of a file that was added before. */
  addSameFile(name: string, other: string): void {
    const [path, target] = [this.#place(name), this.#place(other)];
    const file = target === null ? undefined : this.#files.get(target);
    if (path !== null && file?.type === "file") this.#put({ ...file, path });
  }

  /** @throws Error where there are more than fit */
  contents(fact: Omit<ArchiveFact, "nested">): ArchiveContents {
    const modules = new Set([...this.#files.keys()].flatMap((path) => moduleName(path) ?? []));
    for (const { text, names } of this.#texts) {
      const found = mentioned(names, modules);
      if (Object.keys(found).length > 0) this.#put({ ...text, ...found });
    }
    const files = sortByName([...this.#files.values()], ({ path }) => path);
    const listed = files.flatMap(({ path, type }) => (type === "directory" ? [path] : []));
    return { fact: { ...fact, nested: sortByName(this.#nested, (path) => path) }, files, listed };
  }

  /** Where a member is; null for a name that leads out of the archive, or that is none. */
  #place(name: string): string | null {
    const parts = name.split("/").filter((part) => part !== "" && part !== ".");
    if (parts.length === 0 || parts.includes("..") || name.includes("\0")) return null;
    return `${this.#archive}!/${parts.join("/")}`;
  }

  #fact(path: string, type: FileFact["type"], mode: number): FileFact {
    return { path, type, mode: mode & 0o7777, uid: 0, gid: 0, size: 0, inside: this.#archive };
  }

  /** @throws Error where there are more than fit */
  #put(fact: FileFact): void {
    this.#files.set(fact.path, fact);
    for (const [, text] of fact.ranges ?? []) this.#kept += text.length;
    if (this.#kept > MAX_KEPT) throw new Error(`more than ${MAX_KEPT} bytes of tables`);
    for (let at = fact.path.lastIndexOf("/"); at > this.#archive.length; at = fact.path.lastIndexOf("/", at - 1)) {
      const folder = fact.path.slice(0, at);
      if (this.#files.has(folder)) break;
      this.#files.set(folder, this.#fact(folder, "directory", 0o755));
    }
    if (this.#files.size > MAX_FACTS) throw new Error(`more than ${MAX_FACTS.toLocaleString("en")} programs and links`);
  }

  /** `head`: so many of its first bytes tell that it is neither a program nor an archive. */
  #addText(fact: FileFact, bytes: Uint8Array, head: number): void {
    const names = namesInText(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1"));
    if (names.length > 0) this.#texts.push({ text: { ...fact, ranges: rangesOf(bytes, [[0, head]]) }, names });
  }

  #addNested(path: string): void {
    if (this.#nested.length < MAX_NESTED) this.#nested.push(path);
  }
}

/** What a snapshot keeps of an ELF file or a script. */
function contentOf(bytes: Uint8Array): Pick<FileFact, "ranges" | "sonameStrings"> {
  const source = recordingSource(bytesSource(bytes));
  if (!isElfMagic(bytes)) {
    const head = decodeName(bytes.subarray(0, SHEBANG_BYTES));
    scriptPacking(source);
    const kept =
      isShellScript(head) && bytes.length <= MAX_SCRIPT ? bytes.length : Math.min(SHEBANG_BYTES, bytes.length);
    return { ranges: rangesOf(bytes, [[0, kept], ...source.touched()]) };
  }
  const reading = readElf(source);
  readUnloaded(source);
  const ranges = rangesOf(bytes, source.touched());
  if (reading.kind !== "elf" || !reading.facts.dynamic) return { ranges };
  const known = new Set([...reading.facts.needed, reading.facts.soname ?? ""]);
  const names = sonameStrings(bytes, readOnlySpans(source)).filter((name) => !known.has(name));
  return { ranges, sonameStrings: sortByName([...names], (name) => name) };
}

function rangesOf(bytes: Uint8Array, spans: readonly Span[]): NonNullable<FileFact["ranges"]> {
  return mergeSpans(spans).map(([start, end]) => [start, Buffer.from(bytes.subarray(start, end)).toString("base64")]);
}
