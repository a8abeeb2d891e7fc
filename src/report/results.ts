import { fstat, writeFile } from "node:fs";
import type { Writable } from "node:stream";
import { promisify } from "node:util";
import { MsbDepsError, reasonOf } from "../base/errors.ts";
import { encodeResult, type ResultKind } from "./output.ts";

/** Standard output, or a stand-in for it. */
export type ResultStream = Writable & { readonly isTTY?: boolean | undefined; readonly fd?: number | undefined };

/** The only way to standard output: every write is waited for and checked. */
export class Results {
  readonly #stream: ResultStream;
  #writes: Promise<void> = Promise.resolve();

  constructor(stream: ResultStream) {
    this.#stream = stream;
    // A write that fails says so where it is waited for.
    stream.on("error", () => {});
  }

  /**
   * Writes after all that was written before.
   * @throws MsbDepsError `output-closed` where the reader has gone, `write-failed`
   */
  write(text: string, kind: ResultKind): Promise<void> {
    const encoded = encodeResult(text, kind, this.#stream.isTTY === true);
    const written = this.#writes.then(() => (encoded === "" ? undefined : writeAll(this.#stream, encoded)));
    this.#writes = written.catch((error: unknown) => {
      throw writeError("standard output", error);
    });
    // For those that nobody waits for there is `done`.
    this.#writes.catch(() => {});
    return this.#writes;
  }

  /** Resolves once all is written; rejects with the first failure. */
  get done(): Promise<void> {
    return this.#writes;
  }
}

/**
 * A stream of Node's writes to a file once and takes a part for the whole (lib/internal/fs/sync_write_stream.js), as where
 * a disk becomes full; so files and devices are written to here until all is taken.
 */
async function writeAll(stream: ResultStream, text: string): Promise<void> {
  const { fd } = stream;
  if (fd !== undefined && stream.isTTY !== true) {
    const there = await promisify(fstat)(fd);
    if (there.isFile() || there.isCharacterDevice()) return promisify(writeFile)(fd, text);
  }
  return new Promise((done, failed) => stream.write(text, (error) => (error ? failed(error) : done())));
}

/** The error for a result that could not be written to a place. */
export function writeError(place: string, error: unknown): MsbDepsError {
  if (error instanceof MsbDepsError) return error;
  if ((error as NodeJS.ErrnoException).code === "EPIPE")
    return new MsbDepsError("output-closed", `the reader of ${place} has gone.`, { cause: error });
  return new MsbDepsError("write-failed", `${place} could not be written: ${reasonOf(error)}.`, {
    hint: "Check that the directory exists, that you may write there, and that the disk is not full.",
    cause: error,
  });
}
