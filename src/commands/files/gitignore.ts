import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import ignore, { type Ignore } from "ignore";

/** Whether git would ignore a file or directory below the one that a search began with. */
export type Ignored = (path: string, isDirectory: boolean) => boolean;

interface Rules {
  readonly folder: string;
  readonly rules: Ignore;
}

/**
 * The rules of the .gitignore files from the root of the repository down to each path (gitignore(5)): the nearest file with a
 * matching pattern decides. If the directory itself is ignored, it was named on purpose: only its own files count then.
 */
export function gitignoreBelow(root: string): Ignored {
  const read = new Map<string, Rules | null>();
  const rulesOf = (folder: string): Rules | null => {
    const known = read.get(folder);
    if (known !== undefined) return known;
    const rules = readRules(folder);
    read.set(folder, rules);
    return rules;
  };
  const top = repositoryOf(root) ?? root;
  const decide = (path: string, isDirectory: boolean, from: string): boolean => {
    for (let folder = dirname(path); ; folder = dirname(folder)) {
      const found = rulesOf(folder);
      if (found !== null) {
        const name = relative(folder, path).split(sep).join("/");
        const { ignored, unignored } = found.rules.test(isDirectory ? `${name}/` : name);
        if (ignored || unignored) return ignored;
      }
      if (folder === from || folder === dirname(folder)) return false;
    }
  };
  const outermost = root !== top && isIgnoredItself(root, top, decide) ? root : top;
  return (path, isDirectory) => decide(path, isDirectory, outermost);
}

function isIgnoredItself(
  root: string,
  top: string,
  decide: (path: string, isDirectory: boolean, from: string) => boolean,
): boolean {
  for (let folder = root; folder !== top && folder !== dirname(folder); folder = dirname(folder))
    if (decide(folder, true, top)) return true;
  return false;
}

function readRules(folder: string): Rules | null {
  try {
    return { folder, rules: ignore().add(readFileSync(join(folder, ".gitignore"), "utf8")) };
  } catch {
    // Not there, or not to be read: git itself goes on without it.
    return null;
  }
}

/** The directory of the repository that a directory is in. */
function repositoryOf(start: string): string | null {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, ".git"))) return folder;
    if (folder === dirname(folder)) return null;
  }
}
