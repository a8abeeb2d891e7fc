import { basename, dirname } from "../base/paths.ts";
import type { FileSystemView, ViewEntry } from "./view.ts";

/** MAXSYMLINKS of the kernel (path_resolution(7)). */
export const MAX_LINKS = 40;
/** What the kernel takes for a path, in bytes (limits.h): nothing is at a longer one. */
export const PATH_MAX = 4096;

/** What a resolver has to know of an entry. */
interface PathEntry {
  readonly type: ViewEntry["type"] | "absent";
  readonly target?: string | null;
}

/** What a resolver asks of a file system. */
interface Entries<Entry> {
  lstat(path: string): Entry | "absent" | "unknown";
}

/** What a path leads to. */
export type PathResult<Entry = ViewEntry> =
  | { readonly status: "found"; readonly path: string; readonly entry: Entry | null }
  /** `at` is the component, links resolved, that does not exist or is not in a directory; `rest` comes after it, last first. */
  | { readonly status: "absent"; readonly at: string; readonly rest: readonly string[] }
  /** `at` was never looked at. */
  | { readonly status: "unknown"; readonly at: string }
  | { readonly status: "loop"; readonly at: string };

/**
 * Resolves an absolute path as the kernel does (path_resolution(7)): component by component, links followed where they
 * stand, `..` from where a link has led to. The root itself has no entry.
 *
 * @param onLink is called with every symlink on the way
 */
export function resolvePath<Entry extends PathEntry = ViewEntry>(
  view: Entries<Entry>,
  path: string,
  onLink: (path: string) => void = () => {},
): PathResult<Entry> {
  return path.length > PATH_MAX ? tooLong(path) : walk(view, ROOT, path, onLink).result;
}

function tooLong(path: string): PathResult<never> {
  return { status: "absent", at: path, rest: [] };
}

/** Where a path leads, and how many links were followed on the way. */
interface Walked<Entry = ViewEntry> {
  readonly result: PathResult<Entry>;
  readonly links: number;
}

const ROOT: Walked<never> = { result: { status: "found", path: "/", entry: null }, links: 0 };

/** Goes on from a place without links on its way. */
function walk<Entry extends PathEntry>(
  view: Entries<Entry>,
  from: Walked<Entry>,
  path: string,
  onLink: (path: string) => void = () => {},
): Walked<Entry> {
  if (from.result.status !== "found") return from;
  const rest = path.split("/").reverse();
  let at = from.result.path === "/" ? "" : from.result.path;
  let { entry } = from.result;
  let { links } = from;
  const end = (result: PathResult<Entry>): Walked<Entry> => ({ result, links });
  const absent = (at: string): Walked<Entry> => end({ status: "absent", at, rest });
  for (let name = rest.pop(); name !== undefined; name = rest.pop()) {
    if (entry !== null && entry.type !== "directory") return absent(`${at}/${name}`);
    if (name === "" || name === ".") continue;
    if (name === "..") {
      at = at.slice(0, Math.max(0, at.lastIndexOf("/")));
      entry = null;
      continue;
    }
    const next = `${at}/${name}`;
    const seen = view.lstat(next);
    if (seen === "absent") return absent(next);
    if (seen === "unknown") return end({ status: seen, at: next });
    if (seen.type !== "symlink") {
      at = next;
      entry = seen;
      continue;
    }
    links += 1;
    onLink(next);
    const target = seen.target ?? "";
    // No link of a file system is longer, but those of an archive may be.
    if (links > MAX_LINKS || target.length > PATH_MAX) return end({ status: "loop", at: next });
    if (target === "") return end({ status: "unknown", at: next });
    if (target.startsWith("/")) at = "";
    for (const component of target.split("/").reverse()) rest.push(component);
    entry = null;
  }
  return end(found(view, at, entry));
}

/** After `..` the entry that stands at the end was passed on the way up, not looked at. */
function found<Entry extends PathEntry>(view: Entries<Entry>, at: string, entry: Entry | null): PathResult<Entry> {
  if (entry !== null || at === "") return { status: "found", path: at === "" ? "/" : at, entry };
  const seen = view.lstat(at);
  if (seen === "absent") return { status: seen, at, rest: [] };
  if (seen === "unknown") return { status: seen, at };
  return { status: "found", path: at, entry: seen };
}

/** Beyond this number of places a view's memory begins anew, so that hostile search paths cannot fill it. */
const MAX_REMEMBERED = 200_000;

const memory = new WeakMap<FileSystemView, Map<string, Walked>>();

/**
 * {@link resolvePath}, remembered: a view does not change, and every program asks for the same libraries. What is
 * remembered are folders, there or not, and what was found in them, but not each name that was looked for in vain.
 */
export function realPathOf(view: FileSystemView, path: string): PathResult {
  if (path.length > PATH_MAX) return tooLong(path);
  return remembered(view, memoryOf(view), path, false).result;
}

/** {@link realPathOf} of a folder that is asked for again and again, there or not. */
export function realDirectoryOf(view: FileSystemView, path: string): PathResult {
  if (path.length > PATH_MAX) return tooLong(path);
  return remembered(view, memoryOf(view), path, true).result;
}

function remembered(view: FileSystemView, known: Map<string, Walked>, path: string, isFolder: boolean): Walked {
  if (path === "/") return ROOT;
  const before = known.get(path);
  if (before !== undefined) return before;
  const walked = isPlain(path)
    ? walk(view, remembered(view, known, dirname(path), true), basename(path))
    : walk(view, ROOT, path);
  if (isFolder || walked.result.status === "found") {
    if (known.size >= MAX_REMEMBERED) known.clear();
    known.set(path, walked);
  }
  return walked;
}

/** Whether no component of an absolute path is empty, `.` or `..`. */
export function isPlain(path: string): boolean {
  return !/\/\.{0,2}(?:\/|$)/.test(path);
}

function memoryOf(view: FileSystemView): Map<string, Walked> {
  let known = memory.get(view);
  if (known === undefined) {
    known = new Map();
    memory.set(view, known);
  }
  return known;
}
