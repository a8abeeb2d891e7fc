import { isGlob, matchesGlob } from "../base/glob.ts";
import { compareNames } from "../base/names.ts";
import { joinPath } from "../base/paths.ts";
import { resolvePath } from "../snapshot/path.ts";
import type { FileSystemView } from "../snapshot/view.ts";

export interface GlobResult {
  /** The paths that match, sorted by bytes in each folder, as glob(3) does it in the C locale. */
  readonly paths: readonly string[];
  /** Folders that had to be listed and are not known in full, or have too much that matches. */
  readonly unknown: readonly string[];
}

/** A pattern with several wildcards in folders that link to each other could match without end. */
const MAX_PATHS = 10_000;

/** Expands an absolute pattern of glob(7) over a view. */
export function glob(view: FileSystemView, pattern: string): GlobResult {
  const unknown: string[] = [];
  let paths: string[] = ["/"];
  for (const component of pattern.split("/").filter((part) => part !== "")) {
    const next: string[] = [];
    for (const path of paths) {
      const names = isGlob(component) ? matchingNames(view, path, component, unknown) : [component];
      for (const name of names) {
        if (isGlob(component) || exists(view, joinPath(path, name))) next.push(joinPath(path, name));
        if (next.length > MAX_PATHS) return { paths: [], unknown: [...unknown, path] };
      }
    }
    paths = next;
  }
  return { paths, unknown };
}

/** A leading dot is matched by a dot only (glob(7)). */
function matchingNames(view: FileSystemView, path: string, component: string, unknown: string[]): readonly string[] {
  const folder = resolvePath(view, path);
  if (folder.status !== "found") return [];
  const names = view.list(folder.path);
  if (names === null) unknown.push(folder.path);
  return (names ?? [])
    .filter((name) => (!name.startsWith(".") || component.startsWith(".")) && matchesGlob(component, name))
    .sort(compareNames);
}

function exists(view: FileSystemView, path: string): boolean {
  const { status } = resolvePath(view, path);
  // Whether it is there is then asked again by who opens it.
  return status === "found" || status === "unknown";
}
