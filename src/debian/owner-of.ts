import { components } from "../base/paths.ts";
import type { FileSystemView } from "../snapshot/view.ts";
import { type OwnerTable, ownerKeys } from "./owners.ts";
import type { PackageSet } from "./packages.ts";

/** A symlink that was followed on the way to an owner. */
export interface FollowedLink {
  readonly path: string;
  readonly target: string;
}

/** Whose file a path is. */
export interface FileOwner {
  /** `name:arch`. */
  readonly package: string;
  /** The path as dpkg knows it. */
  readonly path: string;
  /** `exact`: the path itself is owned; `through-link`: nobody owns it, the package owns what it points to. */
  readonly how: "exact" | "through-link";
  readonly links: readonly FollowedLink[];
  /** Further packages with the same path, in order. */
  readonly otherOwners: readonly string[];
}

/** Nobody owns the path, nor anything on the way of the links behind it. */
export interface NoOwner {
  readonly package: null;
  readonly links: readonly FollowedLink[];
}

/** Linux gives up after this many links (MAXSYMLINKS). */
const MAX_LINKS = 40;

/** The folders that a merged /usr makes links of (Debian Policy §10.1, base-files and usrmerge). */
const MERGED = new Set(["bin", "sbin", "lib", "lib32", "lib64", "libx32", "libo32"]);

/**
 * The owner of the very path that the loader opened, under either spelling of a merged /usr: dpkg's database keeps each
 * name as its package ships it (bookworm: `/lib/x86_64-linux-gnu/libz.so.1` beside
 * `/usr/lib/x86_64-linux-gnu/libstdc++.so.6`). Only where nobody owns that (alternatives, links made by scripts) links
 * are followed, one at a time, and each step is asked again. The other spelling is tried only where the view shows that
 * `/lib`, `/bin` … are links into /usr.
 */
export function ownerOf(
  path: string,
  view: FileSystemView,
  owners: OwnerTable,
  packages: PackageSet,
): FileOwner | NoOwner {
  const links: FollowedLink[] = [];
  let current = tidy(path);
  for (let count = 0; count <= MAX_LINKS; count++) {
    const step = walk(current, view);
    // A path with `..` behind a link is not what it looks like: only a walked one is asked for.
    if (step.link === null) current = step.path;
    for (const spelling of hasParent(current) ? [] : spellings(current, view)) {
      const [first, ...others] = ownerKeys(owners.owning(spelling), packages);
      if (first !== undefined) {
        const how = links.length === 0 ? "exact" : "through-link";
        return { package: first, path: spelling, how, links, otherOwners: others };
      }
    }
    if (step.link === null) break;
    links.push(step.link);
    current = step.path;
  }
  return { package: null, links };
}

/** A path under both spellings of a merged /usr, its own first. */
export function spellings(path: string, view: FileSystemView): string[] {
  const parts = path.split("/");
  const inUsr = parts[1] === "usr";
  const folder = parts[inUsr ? 2 : 1] ?? "";
  if (!isMerged(folder, view)) return [path];
  return [path, inUsr ? path.slice("/usr".length) : `/usr${path}`];
}

function isMerged(folder: string, view: FileSystemView): boolean {
  if (!MERGED.has(folder)) return false;
  const entry = view.lstat(`/${folder}`);
  if (typeof entry === "string" || entry.type !== "symlink" || entry.target === null) return false;
  return tidy(entry.target.startsWith("/") ? entry.target : `/${entry.target}`) === `/usr/${folder}`;
}

/**
 * Walks a path up to its first link and follows that one; a path without links comes back with its `..` resolved. The
 * links of a merged /usr are another spelling and no step of their own.
 */
function walk(path: string, view: FileSystemView): { link: FollowedLink | null; path: string } {
  const parts = path.split("/").filter((part) => part !== "");
  let folder = "";
  let spelled = "";
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index] ?? "";
    if (part === "..") {
      folder = folder.slice(0, Math.max(folder.lastIndexOf("/"), 0));
      spelled = folder;
      continue;
    }
    const at = `${folder}/${part}`;
    const merged = folder === "" && isMerged(part, view);
    const entry = merged ? "absent" : view.lstat(at);
    if (typeof entry !== "string" && entry.type === "symlink" && entry.target !== null) {
      const start = entry.target.startsWith("/") ? "" : folder;
      const rest = parts.slice(index + 1).join("/");
      return { link: { path: at, target: entry.target }, path: tidy(`${start}/${entry.target}/${rest}`) };
    }
    folder = merged ? `/usr/${part}` : at;
    spelled = `${spelled}/${part}`;
  }
  return { link: null, path: spelled === "" ? "/" : spelled };
}

function hasParent(path: string): boolean {
  return path.split("/").includes("..");
}

/** A path without `.` and doubled slashes. */
function tidy(path: string): string {
  return `/${components(path).join("/")}`;
}
