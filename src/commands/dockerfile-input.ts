import { readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { addAbortSignal, type Readable } from "node:stream";
import { MsbDepsError } from "../base/errors.ts";
import { isRemoteContext } from "../engine/buildkit/contexts.ts";
import type { RunOptions } from "./options.ts";

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
  const bytes = path === null ? await readAll(stdin, signal) : await readWhole(path);
  return checked({ bytes, path, contextDir });
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

function checked(input: DockerfileInput): DockerfileInput {
  const name = input.path ?? "the Dockerfile on standard input";
  if (input.bytes.length > MAX_BYTES)
    throw new MsbDepsError(
      "dockerfile-syntax",
      `${name} is larger than ${MAX_BYTES / 1024 / 1024} MiB, too large for a Dockerfile.`,
    );
  if (Buffer.from(input.bytes).toString("latin1").trim() === "") {
    throw new MsbDepsError("dockerfile-empty", `${name} is empty.`, {
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

async function readWhole(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MsbDepsError("dockerfile-missing", `${path} could not be read: ${reason}.`, {
      hint: "Check that it is a readable file.",
      cause,
    });
  }
}

async function contextOf(path: string): Promise<string> {
  if (isRemoteContext(path)) return path;
  if ((await stat(path).catch(() => null))?.isDirectory() === true) return resolve(path);
  throw new MsbDepsError("usage", `the build context ${path} is not a directory.`, {
    hint: "Set --context to an existing directory, or to a git or tar URL.",
  });
}

/** Standard input may be a terminal where nobody types: Ctrl-C ends the wait. */
async function readAll(stream: Readable, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of addAbortSignal(signal, stream)) {
      const bytes = Buffer.from(chunk);
      size += bytes.length;
      if (size > MAX_BYTES) break;
      chunks.push(bytes);
    }
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
  return Buffer.concat(chunks);
}
