import { compareNames } from "../base/names.ts";
import { join, resolvePath } from "../snapshot/path.ts";
import type { FileSystemView } from "../snapshot/view.ts";

export interface GlobResult {
  /** The paths that match, sorted by bytes in each folder, as glob(3) does it in the C locale. */
  readonly paths: readonly string[];
  /** Folders that had to be listed and are not known in full. */
  readonly unknown: readonly string[];
}

/** Expands an absolute pattern of glob(7) over a view. */
export function glob(view: FileSystemView, pattern: string): GlobResult {
  const unknown: string[] = [];
  let paths: readonly string[] = ["/"];
  for (const component of pattern.split("/").filter((part) => part !== "")) {
    paths = paths.flatMap((path) => {
      if (!/[*?[\\]/.test(component)) return exists(view, join(path, component)) ? [join(path, component)] : [];
      const folder = resolvePath(view, path);
      if (folder.status !== "found") return [];
      const names = view.list(folder.path);
      if (names === null) unknown.push(folder.path);
      const matches = matcher(component);
      return [...(names ?? [])]
        .filter(matches)
        .sort(compareNames)
        .map((name) => join(path, name));
    });
  }
  return { paths, unknown };
}

function exists(view: FileSystemView, path: string): boolean {
  const { status } = resolvePath(view, path);
  // Whether it is there is then asked again by who opens it.
  return status === "found" || status === "unknown";
}

/** One component of a pattern; a leading dot is matched by a dot only. */
function matcher(component: string): (name: string) => boolean {
  let source = "";
  for (let at = 0; at < component.length; at++) {
    const char = component[at] ?? "";
    const set = char === "[" ? /^\[([!^]?)(\]?[^\]]*)\]/.exec(component.slice(at)) : null;
    if (set !== null) {
      const negated = set[1] === "" ? "" : "^";
      source += `[${negated}${(set[2] ?? "").replace(/[\\\]^]/g, "\\$&")}]`;
      at += set[0].length - 1;
    } else if (char === "*") source += ".*";
    else if (char === "?") source += ".";
    else if (char === "\\" && at + 1 < component.length) source += literal(component[++at] ?? "");
    else source += literal(char);
  }
  const pattern = new RegExp(`^${source}$`, "s");
  return (name) => pattern.test(name) && (!name.startsWith(".") || component.startsWith("."));
}

function literal(char: string): string {
  return char.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
