import { lstat, rename, rm, writeFile } from "node:fs/promises";
import { MsbDepsError } from "../base/errors.ts";
import type { Io, ShowOptions } from "./options.ts";

/**
 * Writes a file as a whole or not at all: beside it first, then renamed over it. What is no plain file (a device, a FIFO,
 * a link as /dev/stdout) is written to as it stands: a rename would put a file in its place.
 * @throws MsbDepsError `usage` where it cannot be written
 */
export async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  const there = await lstat(path).catch(() => null);
  try {
    if (there !== null && !there.isFile()) return await writeFile(path, text);
    await writeFile(temporary, text);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    const reason = error instanceof Error ? error.message : String(error);
    throw new MsbDepsError("usage", `cannot write ${path}: ${reason}.`, {
      hint: "Use a file in an existing, writable directory.",
      cause: error,
    });
  }
}

/** Writes what a command was asked for where `-o` says, else to standard output. */
export async function writeResult(
  text: string,
  { output }: Pick<ShowOptions, "output">,
  { stdout }: Pick<Io, "stdout">,
): Promise<void> {
  if (output === null) await writeStream(stdout, text);
  else await writeWhole(output, text);
}

/** Writes to a stream and waits until it is taken, so that the process may end behind it. */
export function writeStream(stream: NodeJS.WritableStream, text: string): Promise<void> {
  if (text === "") return Promise.resolve();
  return new Promise((done, failed) => stream.write(text, (error) => (error ? failed(error) : done())));
}
