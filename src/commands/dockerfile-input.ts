import { stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { MsbDepsError, reasonOf } from "../base/errors.ts";
import { isRemoteContext } from "../engine/buildkit/contexts.ts";
import type { RunOptions } from "./options.ts";
import { readGiven, readToEnd } from "./read-given.ts";

/** A Dockerfile that was read, and the build context that goes with it. */
export interface DockerfileInput {
  readonly bytes: Uint8Array;
  /** Null when it came from standard input. */
  readonly path: string | null;
  /** A folder or a URL. Null is an empty context: a Dockerfile from standard input without `--context`. */
  readonly contextDir: string | null;
}

/** A Dockerfile larger than this is some other file. */
const MAX_BYTES = 8 * 1024 * 1024;

/**
 * Reads the Dockerfile that the command line names: a file, a folder (its `Dockerfile`, else its `Containerfile`), or
 * `-`. The context is `--context`, else the Dockerfile's folder.
 * @throws MsbDepsError `dockerfile-missing`, `dockerfile-empty`, `usage`
 */
export async function readDockerfile(
  options: RunOptions,
  stdin: Readable,
  signal: AbortSignal,
): Promise<DockerfileInput> {
  if (options.dockerfile === null)
    throw new MsbDepsError("usage", "no Dockerfile given.", {
      hint: "Pass a Dockerfile, a directory that contains one, or - for standard input; or use --image REF, --rootfs DIR or --oci PATH.",
    });
  const { path, contextDir } = await dockerfileOf(options);
  const reading = path === null ? readToEnd(stdin, MAX_BYTES, signal) : readGiven(path, MAX_BYTES, signal);
  const bytes = await reading.catch((cause: unknown) => {
    if (signal.aborted) throw cause;
    throw unreadable(path, cause);
  });
  return notEmpty({ bytes, path, contextDir });
}

/** Where the Dockerfile of a run that has been made stands, and its context. */
export async function dockerfileOf(
  options: Pick<RunOptions, "dockerfile" | "context">,
): Promise<Omit<DockerfileInput, "bytes">> {
  const given = options.context === null ? null : await contextOf(options.context);
  if (options.dockerfile === "-" || options.dockerfile === null) return { path: null, contextDir: given };
  const path = await findDockerfile(options.dockerfile);
  return { path, contextDir: given ?? dirname(resolve(path)) };
}

function notEmpty(input: DockerfileInput): DockerfileInput {
  if (Buffer.from(input.bytes).toString("latin1").trim() === "") {
    throw new MsbDepsError("dockerfile-empty", `${nameOf(input.path)} is empty.`, {
      hint: "A Dockerfile needs at least one FROM instruction.",
    });
  }
  return input;
}

/** The Dockerfile that a path names: itself, or the one in the folder. */
export async function findDockerfile(path: string): Promise<string> {
  const info = await stat(path).catch(() => null);
  if (info === null) {
    throw new MsbDepsError("dockerfile-missing", `no such file: ${JSON.stringify(path)}.`, {
      hint: "Pass a Dockerfile, a directory that contains one, or - for standard input.",
    });
  }
  if (!info.isDirectory()) return path;
  for (const name of ["Dockerfile", "Containerfile"]) {
    const candidate = join(path, name);
    if ((await stat(candidate).catch(() => null))?.isFile() === true) return candidate;
  }
  throw new MsbDepsError("dockerfile-missing", `the directory ${path} has no Dockerfile.`, {
    tried: [join(path, "Dockerfile"), join(path, "Containerfile")],
    hint: "Pass the file itself; the build context is set with --context.",
  });
}

function nameOf(path: string | null): string {
  return path ?? "the Dockerfile on standard input";
}

function unreadable(path: string | null, cause: unknown): MsbDepsError {
  return new MsbDepsError("dockerfile-missing", `${nameOf(path)} could not be read: ${reasonOf(cause)}.`, {
    hint: `Pass a file of up to ${MAX_BYTES / 2 ** 20} MiB that you may read, or - for standard input.`,
    cause,
  });
}

async function contextOf(path: string): Promise<string> {
  if (isRemoteContext(path)) return path;
  if ((await stat(path).catch(() => null))?.isDirectory() === true) return resolve(path);
  throw new MsbDepsError("usage", `the build context ${path} is not a directory.`, {
    hint: "Set --context to an existing directory, or to a git or tar URL.",
  });
}
