import { components } from "../base/paths.ts";
import { resolvePath } from "../snapshot/path.ts";
import type { FileFact } from "../snapshot/snapshot.ts";
import type { Tracker } from "./tracker.ts";

/** What the engine lays over an image: different in every container, and nothing of the image. */
export function isMounted(path: string): boolean {
  return MOUNTED_PATH.test(path);
}

/** As the source of a regular expression that JavaScript and Perl read the same way. */
export const MOUNTED = "^/(?:proc|sys|dev)(?:/|(?![\\s\\S]))";
const MOUNTED_PATH = new RegExp(MOUNTED);

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
 * Resolves a path inside the image. Everything met becomes part of the snapshot, so that a partial view can resolve the path
 * again; a path that leads nowhere is recorded as absent.
 */
export function resolveInImage(tracker: Tracker, path: string): Resolved {
  const links: string[] = [];
  const entries = { lstat: (at: string) => entryAt(tracker, at) };
  const result = resolvePath(entries, `/${components(path).join("/")}`, (link) => links.push(link));
  if (result.status === "found") tracker.lstat(result.path);
  if (result.status === "absent") {
    const whole = components([result.at, ...result.rest.toReversed()].join("/"));
    if (!whole.includes("..")) tracker.lstat(`/${whole.join("/")}`);
  }
  return { real: result.status === "found" ? result.path : null, links };
}

function entryAt(tracker: Tracker, path: string): FileFact | "absent" | "unknown" {
  if (isMounted(path) || isMadeByEngine(path)) return "unknown";
  const entry = tracker.lstat(path) ?? "unknown";
  return entry !== "unknown" && entry.type === "absent" ? "absent" : entry;
}
