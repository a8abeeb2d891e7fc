import { type Dirent, readdirSync, statSync } from "node:fs";
import { join, normalize, relative, resolve } from "node:path";
import picomatch from "picomatch";
import { compareNames } from "../../base/names.ts";
import { gitignoreBelow } from "./gitignore.ts";

/** Names of Dockerfiles: `Dockerfile`, `Containerfile`, `Dockerfile.web`, `web.Dockerfile`. */
const NAME = /^(?:Dockerfile|Containerfile)(?:\..+)?$|\.(?:[Dd]ocker|[Cc]ontainer)file$/;
/** `Dockerfile.dockerignore` is the list of what its build leaves out. */
const NOT_NAME = /\.dockerignore$/;

/** Directories that hold other people's files. */
const SKIPPED: ReadonlySet<string> = new Set([".git", "node_modules"]);

/** What a search found, sorted by bytes, and the directories that it could not read. */
export interface Found {
  readonly files: readonly string[];
  readonly unreadable: readonly string[];
}

/** The Dockerfiles below a directory, by their names; what git ignores is left out. */
export function findBelow(directory: string): Found {
  return walk(directory, (_, name) => NAME.test(name) && !NOT_NAME.test(name));
}

/** Whether a path is a pattern as shells have them, with `**` and braces, and no file. */
export function isPattern(path: string): boolean {
  return picomatch.scan(path).isGlob && statSync(path, { throwIfNoEntry: false }) === undefined;
}

/** The files that match a pattern; what git ignores is left out. A leading dot has to be written. */
export function findMatching(pattern: string): Found {
  const { base } = picomatch.scan(pattern);
  const start = base === "" ? "." : base;
  if (statSync(start, { throwIfNoEntry: false })?.isDirectory() !== true) return { files: [], unreadable: [] };
  const matches = picomatch(normalize(pattern));
  return walk(start, (path) => matches(path));
}

function walk(start: string, take: (path: string, name: string) => boolean): Found {
  const root = resolve(start);
  const isIgnored = gitignoreBelow(root);
  const files: string[] = [];
  const unreadable: string[] = [];
  const pending = [root];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    const entries = entriesOf(folder);
    if (entries === null) unreadable.push(join(start, relative(root, folder)));
    for (const entry of entries ?? []) {
      const path = join(folder, entry.name);
      const shown = join(start, relative(root, path));
      if (entry.isDirectory()) {
        if (!SKIPPED.has(entry.name) && !isIgnored(path, true)) pending.push(path);
      } else if (take(shown, entry.name) && isFile(entry, path) && !isIgnored(path, false)) files.push(shown);
    }
  }
  return { files: files.sort(compareNames), unreadable: unreadable.sort(compareNames) };
}

function entriesOf(folder: string): Dirent[] | null {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return null;
  }
}

/** A link counts as what it leads to; one to a directory is not followed. */
function isFile(entry: Dirent, path: string): boolean {
  return entry.isFile() || (entry.isSymbolicLink() && statSync(path, { throwIfNoEntry: false })?.isFile() === true);
}
