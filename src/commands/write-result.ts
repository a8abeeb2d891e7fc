import { lstat, writeFile } from "node:fs/promises";
import { encodeResult, type ResultKind } from "../report/output.ts";
import { writeError } from "../report/results.ts";
import type { Io, ShowOptions } from "./options.ts";
import { createOrReplace } from "./replace-file.ts";

/**
 * Writes a file as a whole or not at all. What is no plain file (a device, a FIFO, a link as /dev/stdout) is written to as
 * it stands: a rename would put a file in its place.
 *
 * @param mode of the file; without one a new file gets what the umask leaves, and a file that is there keeps its own
 * @throws MsbDepsError `write-failed`; `output-closed` where a reader of a FIFO has gone
 */
export async function writeWhole(path: string, text: string, mode: number | null = null): Promise<void> {
  try {
    const there = await lstat(path).catch(() => null);
    if (there !== null && !there.isFile()) await writeFile(path, text);
    else await createOrReplace(path, text, mode);
  } catch (error) {
    throw writeError(path, error);
  }
}

/** Writes what a command was asked for where `-o` says, else to standard output. */
export async function writeResult(
  text: string,
  kind: ResultKind,
  { output }: Pick<ShowOptions, "output">,
  { results }: Pick<Io, "results">,
): Promise<void> {
  if (output === null) await results.write(text, kind);
  else await writeWhole(output, encodeResult(text, kind, false));
}

/** What a result of `--format` is. */
export function kindOf(format: string): ResultKind {
  return format === "json" ? "json" : "text";
}
