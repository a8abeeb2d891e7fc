import { isGlob } from "../base/glob.ts";
import { dirname, joinPath, withoutSlash } from "../base/paths.ts";
import { PATH_MAX, resolvePath } from "../snapshot/path.ts";
import type { FileSystemView, ViewEntry } from "../snapshot/view.ts";
import { glob } from "./glob.ts";
import { abiOfArchitecture, defaultFolders } from "./machine.ts";

/** What ld.so.conf and the files that it includes say. */
export interface LoaderConf {
  /** The folders in order, as they are written; each once. */
  readonly folders: readonly string[];
  /** The files that were read, in order. */
  readonly files: readonly string[];
  /** What would have had to be looked at and was not: the list of folders may then lack some. */
  readonly unknown: readonly string[];
}

/** Gives the contents of a configuration file, or null where they are not known. */
export type TextOf = (entry: ViewEntry) => string | null;

/** ldconfig has no limits here. Debian's own configuration has about five files, read by one pattern. */
const MAX_DEPTH = 16;
const MAX_FILES = 1000;
const MAX_PATTERNS = 100;

/**
 * Reads /etc/ld.so.conf as ldconfig(8) does (glibc elf/ldconfig.c, parse_conf and add_dir_1): `#` starts a comment,
 * `include` takes patterns relative to the file, `hwcap` lines are ignored, `=libc6` behind a folder is its type.
 *
 * A file that is included again adds nothing, so it is read once. One that includes itself, with which ldconfig would
 * never end, and what is over a limit stands in `unknown`.
 */
export function readLoaderConf(view: FileSystemView, textOf: TextOf, path = "/etc/ld.so.conf"): LoaderConf {
  const reader = new ConfReader(view, textOf);
  reader.read(path, 0);
  return { folders: [...reader.folders], files: reader.files, unknown: reader.unknown };
}

class ConfReader {
  readonly folders = new Set<string>();
  readonly files: string[] = [];
  readonly unknown: string[] = [];
  readonly #view: FileSystemView;
  readonly #textOf: TextOf;
  /** Files by their real paths; those of which the end was not reached yet are open. */
  readonly #seen = new Map<string, "open" | "read">();
  readonly #patterns = new Set<string>();

  constructor(view: FileSystemView, textOf: TextOf) {
    this.#view = view;
    this.#textOf = textOf;
  }

  read(path: string, depth: number): void {
    const found = resolvePath(this.#view, path);
    if (found.status === "absent") return;
    const seen = found.status === "found" ? this.#seen.get(found.path) : undefined;
    if (seen === "read") return;
    const isBeyond = seen === "open" || depth > MAX_DEPTH || this.files.length >= MAX_FILES;
    const isFile = found.status === "found" && found.entry?.type === "file";
    const text = isFile && !isBeyond && found.entry !== null ? this.#textOf(found.entry) : null;
    if (found.status !== "found" || text === null) {
      this.unknown.push(path);
      return;
    }
    this.#seen.set(found.path, "open");
    this.files.push(path);
    for (const line of confLines(text)) {
      for (const pattern of line.include) this.#include(path, pattern, depth);
      if (line.folder !== null) this.folders.add(line.folder);
    }
    this.#seen.set(found.path, "read");
  }

  #include(from: string, relative: string, depth: number): void {
    const pattern = relative.startsWith("/") ? relative : joinPath(dirname(from), relative);
    const files = this.#expand(pattern);
    for (const path of files) this.read(path, depth + 1);
  }

  #expand(pattern: string): readonly string[] {
    if (isGlob(pattern)) this.#patterns.add(pattern);
    if (pattern.length > PATH_MAX || this.#patterns.size > MAX_PATTERNS) {
      this.unknown.push(pattern.slice(0, PATH_MAX));
      return [];
    }
    const { paths, unknown } = glob(this.#view, pattern);
    this.unknown.push(...unknown);
    return paths;
  }
}

/** What one line of the configuration says: patterns of files to include, or a folder. */
export interface ConfLine {
  readonly include: readonly string[];
  readonly folder: string | null;
}

/** The lines of one file of the configuration. */
export function confLines(text: string): ConfLine[] {
  return text.split("\n").map((raw) => {
    const line = before(raw, "#").trimStart();
    if (/^include[ \t]/.test(line)) {
      const patterns = line.slice("include".length).split(/[ \t]/);
      return { include: patterns.filter((pattern) => pattern !== ""), folder: null };
    }
    const folder = /^hwcap[ \t]/i.test(line) ? "" : withoutSlash(before(line, "=").trimEnd());
    return { include: [], folder: folder === "" ? null : folder };
  });
}

function before(text: string, mark: string): string {
  const at = text.indexOf(mark);
  return at < 0 ? text : text.slice(0, at);
}

/**
 * The folders that Debian's ldconfig adds by itself, behind those of the configuration (`ldconfig -v`, "<builtin>"):
 * the same that its loader has.
 */
export function ldconfigFolders(architecture: string): readonly string[] {
  return defaultFolders(abiOfArchitecture(architecture));
}
