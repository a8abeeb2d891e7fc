import { statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { type Command, InvalidArgumentError } from "commander";
import { MsbDepsError } from "../base/errors.ts";
import type { Many } from "../commands/many.ts";
import type { Io } from "../commands/options.ts";

/** What {@link addPaths} adds. */
export interface PathFlags {
  readonly jobs?: number;
  readonly platform?: string;
}

/** How a command works on what its paths come to. */
export interface PathRun {
  readonly one: (dockerfile: string | undefined) => Promise<number>;
  readonly many: (many: Many) => Promise<number>;
}

const MAX_JOBS = 256;

/** The paths of a command that takes any number of Dockerfiles. */
export function addPaths(command: Command): Command {
  return command
    .usage("[options] <path...>")
    .argument(
      "[paths...]",
      "Dockerfiles, directories to search for them, patterns, compose files (*.yaml) or bake files (*.hcl); or - for standard input",
    )
    .optionsGroup("What to inspect:")
    .option("-j, --jobs <number>", "Dockerfiles to work on at once (default: the number of processors)", jobs);
}

/** Works on one Dockerfile as ever, or on many. */
export async function onPaths(paths: readonly string[], flags: PathFlags, io: Io, run: PathRun): Promise<number> {
  const platforms = platformsOf(flags.platform);
  const [first, ...others] = paths;
  if (others.length === 0 && platforms.length < 2 && (first === undefined || isPlain(first))) return run.one(first);
  if (first === undefined || paths.includes("-")) {
    throw new MsbDepsError("usage", "standard input or an image cannot be one of several Dockerfiles or platforms.", {
      hint: "Pass the paths of Dockerfiles.",
    });
  }
  const { expand } = await import("../commands/files/expand.ts");
  const { targets, single } = await expand(paths, io);
  const only = targets[0]?.path ?? undefined;
  if (single && platforms.length < 2 && only !== undefined) return run.one(only);
  return run.many({ targets, platforms, jobs: flags.jobs ?? availableParallelism() });
}

/** Whether a path can only be one Dockerfile. */
function isPlain(path: string): boolean {
  if (path === "-") return true;
  const info = statSync(path, { throwIfNoEntry: false });
  return info !== undefined && !info.isDirectory() && !/\.(?:ya?ml|hcl|json)$/.test(path);
}

/** `linux/amd64,linux/arm64`: an answer for each. */
function platformsOf(text: string | undefined): string[] {
  const all = (text ?? "").split(",").map((one) => one.trim());
  return [...new Set(all.filter((one) => one !== ""))];
}

/** @throws MsbDepsError `usage` for several platforms, where a command has one answer */
export function requireOnePlatform({ platform }: PathFlags): void {
  if (platformsOf(platform).length < 2) return;
  throw new MsbDepsError("usage", `--platform takes one platform here, got ${platform}.`, {
    hint: "Run the command for each platform.",
  });
}

function jobs(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > MAX_JOBS) throw new InvalidArgumentError(`a number from 1 to ${MAX_JOBS}.`);
  return value;
}
