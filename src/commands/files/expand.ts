import { statSync } from "node:fs";
import { basename } from "node:path";
import { MsbDepsError } from "../../base/errors.ts";
import { findDockerfile } from "../dockerfile-input.ts";
import type { Io } from "../options.ts";
import { type Found, findBelow, findMatching, isPattern } from "./find.ts";
import { plainTarget, type Target } from "./target.ts";

/** What the paths of a command line come to. */
export interface Expansion {
  /** Each build once, in the order of the paths. */
  readonly targets: readonly Target[];
  /** Whether the paths ask for one Dockerfile and its plain result: a file, or a directory with one. */
  readonly single: boolean;
}

/**
 * Finds the Dockerfiles that paths name: files, directories, patterns, compose files and bake files.
 * @throws MsbDepsError `dockerfile-missing` for a path that leads to no Dockerfile; nothing was done then
 */
export async function expand(
  paths: readonly string[],
  io: Pick<Io, "env" | "signal" | "messages">,
): Promise<Expansion> {
  const targets = new Map<string, Target>();
  let described = false;
  for (const path of paths) {
    const found = await targetsOf(path, io);
    described ||= found.described;
    for (const target of found.targets) {
      const key = JSON.stringify([target.path, target.text, target.set]);
      if (!targets.has(key)) targets.set(key, target);
    }
  }
  return { targets: [...targets.values()], single: paths.length === 1 && targets.size === 1 && !described };
}

async function targetsOf(
  path: string,
  io: Pick<Io, "env" | "signal" | "messages">,
): Promise<{ readonly targets: readonly Target[]; readonly described: boolean }> {
  const info = statSync(path, { throwIfNoEntry: false });
  if (info?.isDirectory() === true) return { targets: await inDirectory(path, io), described: false };
  if (info === undefined && isPattern(path)) {
    const files = told(findMatching(path), io);
    if (files.length > 0) return { targets: files.map(plainTarget), described: true };
    throw new MsbDepsError("dockerfile-missing", `no file matches ${JSON.stringify(path)}.`, {
      hint: "Files that git ignores are left out; name such a file itself.",
    });
  }
  if (isBakeFile(path)) {
    const { bakeTargets } = await import("./bake.ts");
    return { targets: await bakeTargets(path, io), described: true };
  }
  if (/\.ya?ml$/.test(path)) {
    const { composeTargets } = await import("./compose.ts");
    return { targets: await composeTargets(path, io), described: true };
  }
  return { targets: [plainTarget(await findDockerfile(path))], described: false };
}

async function inDirectory(path: string, io: Pick<Io, "messages">): Promise<Target[]> {
  const files = told(findBelow(path), io);
  // Its own Dockerfile is meant even if git ignores it; without one, the error says what was tried.
  return files.length > 0 ? files.map(plainTarget) : [plainTarget(await findDockerfile(path))];
}

function told({ files, unreadable }: Found, { messages }: Pick<Io, "messages">): readonly string[] {
  for (const path of unreadable) messages.warning(`the directory ${path} could not be read`);
  return files;
}

function isBakeFile(path: string): boolean {
  return path.endsWith(".hcl") || /^docker-bake.*\.json$/.test(basename(path));
}
