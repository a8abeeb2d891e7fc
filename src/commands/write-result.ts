import { lstat, writeFile } from "node:fs/promises";
import { MsbDepsError } from "../base/errors.ts";
import { type Documents, encodingOf, formatsOf, writeDocument } from "../report/formats.ts";
import { encodeResult, type ResultKind } from "../report/output.ts";
import { writeError } from "../report/results.ts";
import type { Io, Output, ShowOptions } from "./options.ts";
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
  { file }: Pick<Output, "file">,
  { results }: Pick<Io, "results">,
): Promise<void> {
  if (file === null) await results.write(text, kind);
  else await writeWhole(file, encodeResult(text, kind, false));
}

/** Writes a document in every format of `--format`, wrapped if it is text for a terminal. */
export async function writeAs<Kind extends keyof Documents>(
  kind: Kind,
  document: Documents[Kind],
  { outputs, verbose, line }: Pick<ShowOptions, "outputs" | "verbose" | "line">,
  io: Pick<Io, "results">,
): Promise<void> {
  for (const output of outputs) {
    const columns = output.file === null ? io.results.columns : null;
    const text = await writeDocument(kind, document, output.format, { columns, verbose, ...(line && { line }) });
    await writeResult(text, encodingOf(output.format), output, io);
  }
}

/**
 * Refuses a format that cannot write a kind of document, before anything is done for it.
 * @throws MsbDepsError `usage`
 */
export function requireFormats(kind: keyof Documents, { outputs }: Pick<ShowOptions, "outputs">): void {
  const formats = formatsOf(kind);
  const other = outputs.find(({ format }) => !formats.includes(format));
  if (other === undefined) return;
  throw new MsbDepsError("usage", `the format ${other.format} is for one Dockerfile on one platform.`, {
    hint: `Formats for several: ${formats.join(", ")}.`,
  });
}
