import { folderOf, join, resolvePath } from "../snapshot/path.ts";
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

/** PATH_MAX: a longer line names nothing. */
const MAX_LINE = 4096;

/** Beyond this depth files include each other; ldconfig itself would never end. */
const MOST_DEPTH = 16;

/**
 * Reads /etc/ld.so.conf as ldconfig(8) does (glibc elf/ldconfig.c, parse_conf and add_dir_1): `#` starts a comment,
 * `include` takes patterns relative to the file, `hwcap` lines are ignored, `=libc6` behind a folder is its type.
 */
export function readLoaderConf(view: FileSystemView, textOf: TextOf, path = "/etc/ld.so.conf"): LoaderConf {
  const conf = { folders: new Set<string>(), files: [] as string[], unknown: [] as string[] };
  readFile(view, textOf, path, conf, 0);
  return { folders: [...conf.folders], files: conf.files, unknown: conf.unknown };
}

interface Gathered {
  readonly folders: Set<string>;
  readonly files: string[];
  readonly unknown: string[];
}

function readFile(view: FileSystemView, textOf: TextOf, path: string, conf: Gathered, depth: number): void {
  const found = resolvePath(view, path);
  if (found.status === "absent") return;
  const text = found.status === "found" && found.entry?.type === "file" ? textOf(found.entry) : null;
  if (text === null || depth > MOST_DEPTH) {
    conf.unknown.push(path);
    return;
  }
  conf.files.push(path);
  for (const raw of text.split("\n")) {
    const line = raw.replace(/#.*$/, "").trimStart();
    const include = /^include[ \t](.*)$/.exec(line);
    if (include !== null) {
      for (const pattern of (include[1] ?? "").split(/[ \t]+/)) {
        if (pattern !== "") includeFiles(view, textOf, path, pattern, conf, depth);
      }
    } else if (!/^hwcap[ \t]/i.test(line)) {
      const folder = line.replace(/=.*$/, "").trimEnd().replace(/\/+$/, "");
      if (folder !== "") conf.folders.add(folder);
    }
  }
}

function includeFiles(
  view: FileSystemView,
  textOf: TextOf,
  from: string,
  pattern: string,
  conf: Gathered,
  depth: number,
): void {
  const { paths, unknown } = glob(view, pattern.startsWith("/") ? pattern : join(folderOf(from), pattern));
  conf.unknown.push(...unknown);
  for (const path of paths) readFile(view, textOf, path, conf, depth + 1);
}

/**
 * The folders that Debian's ldconfig adds by itself, behind those of the configuration (`ldconfig -v`, "<builtin>"):
 * the same that its loader has.
 */
export function ldconfigFolders(architecture: string): readonly string[] {
  return defaultFolders(abiOfArchitecture(architecture));
}

/** The lines of ld.so.conf (ldconfig(8); glibc elf/ldconfig.c, parse_conf). */
export function parseLoaderConf(text: string): { readonly include: string[]; readonly folder: string | null }[] {
  const lines = text.split("\n").filter((line) => line.length <= MAX_LINE);
  return lines.map((raw) => {
    const line = raw.replace(/#.*$/s, "").trim();
    const include = /^include[ \t]+(.*)$/s.exec(line)?.[1];
    if (include !== undefined) return { include: include.split(/\s+/), folder: null };
    // `FOLDER=TYPE` is an old form that ldconfig still accepts.
    return { include: [], folder: line.startsWith("/") ? line.replace(/=[^/]*$/, "") : null };
  });
}
