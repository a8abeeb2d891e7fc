import type { FileSystemView, ViewEntry } from "./view.ts";

/** MAXSYMLINKS of the kernel (path_resolution(7)). */
const MOST_LINKS = 40;

/** What a path leads to. */
export type PathResult =
  | { readonly status: "found"; readonly path: string; readonly entry: ViewEntry | null }
  /** `at` is the component, links resolved, that is not there (or is no folder). */
  | { readonly status: "absent"; readonly at: string }
  /** `at` was never looked at. */
  | { readonly status: "unknown"; readonly at: string }
  | { readonly status: "loop"; readonly at: string };

/**
 * Resolves an absolute path as the kernel does (path_resolution(7)): component by component, links followed where they
 * stand, `..` from where a link has led to. The root itself has no entry.
 */
export function resolvePath(view: FileSystemView, path: string): PathResult {
  const rest = path.split("/").reverse();
  let links = 0;
  let at = "";
  let entry: ViewEntry | null = null;
  for (let name = rest.pop(); name !== undefined; name = rest.pop()) {
    if (entry !== null && entry.type !== "directory") return { status: "absent", at: `${at}/${name}` };
    if (name === "" || name === ".") continue;
    if (name === "..") {
      at = at.slice(0, Math.max(0, at.lastIndexOf("/")));
      entry = null;
      continue;
    }
    const next = `${at}/${name}`;
    const seen = view.lstat(next);
    if (seen === "absent" || seen === "unknown") return { status: seen, at: next };
    if (seen.type !== "symlink") {
      at = next;
      entry = seen;
      continue;
    }
    links += 1;
    if (links > MOST_LINKS) return { status: "loop", at: next };
    const target = seen.target ?? "";
    if (target === "") return { status: "unknown", at: next };
    if (target.startsWith("/")) at = "";
    rest.push(...target.split("/").reverse());
    entry = null;
  }
  return found(view, at, entry);
}

/** After `..` the entry that stands at the end was passed on the way up, not looked at. */
function found(view: FileSystemView, at: string, entry: ViewEntry | null): PathResult {
  if (entry !== null || at === "") return { status: "found", path: at === "" ? "/" : at, entry };
  const seen = view.lstat(at);
  if (seen === "absent" || seen === "unknown") return { status: seen, at };
  return { status: "found", path: at, entry: seen };
}

/** The folder of a path (dirname(3)). */
export function folderOf(path: string): string {
  const end = path.lastIndexOf("/");
  return end <= 0 ? "/" : path.slice(0, end);
}

/** The last component of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** A path in a folder. */
export function join(folder: string, name: string): string {
  return folder.endsWith("/") ? folder + name : `${folder}/${name}`;
}

/** {@link resolvePath}, remembered: a view does not change, and every program asks for the same libraries. */
export function realPathOf(view: FileSystemView, path: string): PathResult {
  let known = memory.get(view);
  if (known === undefined) {
    known = new Map();
    memory.set(view, known);
  }
  let result = known.get(path);
  if (result === undefined) {
    result = resolvePath(view, path);
    known.set(path, result);
  }
  return result;
}

export const memory = new WeakMap<FileSystemView, Map<string, PathResult>>();
