import { compareNames } from "../base/names.ts";
import { basename, dirname } from "../base/paths.ts";
import type { ElfReading } from "../elf/facts.ts";
import { readElf } from "../elf/reader.ts";
import { rangesSource } from "./ranges.ts";
import type { FileFact, Snapshot } from "./snapshot.ts";
import type { FileSystemView, ViewEntry } from "./view.ts";

/**
 * The files of a snapshot as a file system. What was seen, or listed, proves that its folders exist; a path that was not
 * seen is absent where its folder was listed in full, or is itself absent, and unknown otherwise.
 */
export function snapshotView(snapshot: Pick<Snapshot, "files" | "listed">, layer: string): FileSystemView {
  return new SnapshotView(snapshot, layer);
}

/** Holds nothing but what tells facts by their paths: there may be hundreds of thousands. */
class SnapshotView implements FileSystemView {
  readonly #layer: string;
  /** Null for a folder that is there, though it was not looked at itself. */
  readonly #facts = new Map<string, FileFact | null>();
  readonly #children = new Map<string, string[]>();
  readonly #listed: ReadonlySet<string>;
  readonly #lists = new Map<string, readonly string[]>();

  constructor({ files, listed }: Pick<Snapshot, "files" | "listed">, layer: string) {
    this.#layer = layer;
    this.#listed = new Set(listed);
    for (const fact of files) this.#facts.set(fact.path, fact);
    for (const { path, type } of files) if (type !== "absent") this.#addToFolders(path);
    for (const folder of this.#listed) {
      if (folder === "/" || this.#facts.has(folder)) continue;
      this.#facts.set(folder, null);
      this.#addToFolders(folder);
    }
  }

  lstat(path: string): ViewEntry | "absent" | "unknown" {
    const known = this.#facts.get(path);
    if (known === null || path === "/") return folderEntry(path, this.#layer);
    if (known !== undefined) return known.type === "absent" ? "absent" : new FactEntry(known, this.#layer);
    const folder = dirname(path);
    if (this.#listed.has(folder)) return "absent";
    if (folder === "/") return "unknown";
    const parent = this.lstat(folder);
    if (parent === "absent" || parent === "unknown") return parent;
    return parent.type === "directory" || parent.type === "symlink" ? "unknown" : "absent";
  }

  list(path: string): readonly string[] | null {
    if (!this.#listed.has(path)) return this.lstat(path) === "absent" ? [] : null;
    let names = this.#lists.get(path);
    if (names === undefined) {
      names = (this.#children.get(path) ?? []).map(basename).sort(compareNames);
      this.#lists.set(path, names);
    }
    return names;
  }

  /** Notes a path in its folder, and folders that were not themselves seen as such. */
  #addToFolders(path: string): void {
    for (let at = path; at !== "/"; ) {
      const folder = dirname(at);
      const siblings = this.#children.get(folder);
      if (siblings === undefined) this.#children.set(folder, [at]);
      else siblings.push(at);
      if (folder === "/" || this.#facts.has(folder)) return;
      this.#facts.set(folder, null);
      at = folder;
    }
  }
}

/** A file system with nothing in it: `FROM scratch`. */
export const emptyView: FileSystemView = {
  lstat: () => "absent",
  list: () => [],
};

const readings = new WeakMap<FileFact, ElfReading>();

/** Notes what the bytes of a fact say, where that was read already. */
export function noteReading(fact: FileFact, reading: ElfReading): void {
  readings.set(fact, reading);
}

/** A fact of a snapshot as an entry; made anew whenever it is asked for. */
class FactEntry implements ViewEntry {
  readonly layer: string;
  readonly #fact: FileFact;

  constructor(fact: FileFact, layer: string) {
    this.#fact = fact;
    this.layer = layer;
  }

  get path(): string {
    return this.#fact.path;
  }

  get source(): string {
    return this.#fact.path;
  }

  get type(): FileFact["type"] {
    return this.#fact.type;
  }

  get mode(): number {
    return this.#fact.mode;
  }

  get target(): string | null {
    return this.#fact.target ?? null;
  }

  elf(): ElfReading {
    const { type, size, ranges = [] } = this.#fact;
    if (type !== "file" || ranges.length === 0) return { kind: "not-elf" };
    let reading = readings.get(this.#fact);
    if (reading === undefined) {
      reading = readElf(rangesSource(size, ranges));
      readings.set(this.#fact, reading);
    }
    return reading;
  }
}

/** A folder that is there, though it was not looked at itself. */
export function folderEntry(path: string, layer: string): ViewEntry {
  return {
    path,
    type: "directory",
    mode: 0o755,
    target: null,
    layer,
    source: path,
    elf: () => ({ kind: "not-elf" }),
  };
}
