import { lstat, readdir, readlink } from "node:fs/promises";
import { join, posix } from "node:path";
import { goMatch, hasWildcards } from "../../base/go-patterns.ts";
import { errorCode } from "../surroundings.ts";

/**
 * The paths that BuildKit's `followpaths` stand for: each path, and where a part of it is a symbolic link, the link and
 * what it points to (inside the root: a link's absolute target starts at the root). Null means everything. The rule is
 * that of tonistiigi/fsutil followlinks.go.
 */
export async function followLinks(root: string, paths: readonly string[]): Promise<readonly string[] | null> {
  const found = new Set<string>();
  for (const path of paths) await follow(root, clean(path), found);
  return found.has("") ? null : [...found].sort();
}

async function follow(root: string, path: string, found: Set<string>): Promise<void> {
  const names = path.split("/").filter((name) => name !== "");
  let current = "";
  for (const [at, name] of names.entries()) {
    current = current === "" ? name : `${current}/${name}`;
    const targets = await linkTargets(root, current, true);
    if (targets.length === 0) continue;
    if (found.has(current)) return;
    found.add(current);
    const rest = names.slice(at + 1).join("/");
    for (const target of targets) await follow(root, clean(`${target}/${rest}`), found);
    return;
  }
  found.add(current);
}

/** Where a path points to if it is a link; for a wildcard, where the links that it matches point to. */
async function linkTargets(root: string, path: string, wildcards: boolean): Promise<string[]> {
  const folder = posix.dirname(path);
  const name = posix.basename(path);
  if (wildcards && hasWildcards(name)) {
    const matches = (await namesIn(join(root, folder))).filter((entry) => goMatch(name, entry));
    const targets = await Promise.all(matches.map((entry) => linkTargets(root, posix.join(folder, entry), false)));
    return targets.flat();
  }
  try {
    if (!(await lstat(join(root, path))).isSymbolicLink()) return [];
    const target = await readlink(join(root, path));
    return [target.startsWith("/") ? target : posix.join("/", folder, target)];
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR"].includes(errorCode(error) ?? "");
}

/** A path relative to the root that cannot leave it; "" is the root. */
function clean(path: string): string {
  return posix.join("/", path).replace(/^\/|\/$/g, "");
}
