import { childOf } from "./observations.ts";
import type { Tracker } from "./tracker.ts";

/** As many symlinks as the kernel follows in one path (MAXSYMLINKS; path_resolution(7)). */
const MOST_LINKS = 40;
const MOST_COMPONENTS = 4096;

/** What the engine lays over an image: different in every container, and nothing of the image. */
export function isMounted(path: string): boolean {
  return /^\/(?:proc|sys|dev)(?:\/|$)/.test(path);
}

/** Files that the engine makes in every container; what the image has there cannot be seen. */
export function isMadeByEngine(path: string): boolean {
  return /^\/(?:\.dockerenv|run\/\.containerenv|etc\/(?:hosts|hostname|resolv\.conf|mtab))$/.test(path);
}

export interface Resolved {
  /** Without symlinks; null where the way ends before. */
  readonly real: string | null;
  /** The symlinks on the way. */
  readonly links: readonly string[];
}

/**
 * Follows a path component by component inside the image (path_resolution(7)). Everything met becomes part of the
 * snapshot, so that a partial view can resolve the path again; where it ends at nothing, that is told as `absent`.
 */
export function resolvePath(tracker: Tracker, path: string): Resolved {
  const links: string[] = [];
  let rest = components(path);
  let current = "/";
  while (rest.length > 0) {
    const [name = "", ...tail] = rest;
    rest = tail;
    if (name === "..") {
      current = current.slice(0, current.lastIndexOf("/")) || "/";
      continue;
    }
    const next = childOf(current, name);
    if (isMounted(next) || isMadeByEngine(next)) return { real: null, links };
    const entry = tracker.lstat(next);
    if (entry?.type === "symlink") {
      links.push(next);
      const target = entry.target ?? "";
      if (target.startsWith("/")) current = "/";
      rest = [...components(target), ...rest];
      if (links.length > MOST_LINKS || rest.length > MOST_COMPONENTS) return { real: null, links };
      continue;
    }
    if (entry === null || entry.type === "absent" || (entry.type !== "directory" && rest.length > 0)) {
      if (entry !== null && rest.length > 0 && !rest.includes("..")) tracker.lstat([next, ...rest].join("/"));
      return { real: null, links };
    }
    current = next;
  }
  tracker.lstat(current);
  return { real: current, links };
}

function components(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}
