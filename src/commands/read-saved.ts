import { MsbDepsError, reasonOf } from "../base/errors.ts";
import { checked, type Schema } from "../base/schema.ts";
import { readGiven } from "./read-given.ts";

/** A kind of JSON file that msb-deps writes, in words for errors. */
interface SavedKind<Saved> {
  readonly schema: Schema<Saved>;
  readonly name: string;
  /** What to save again, and how. */
  readonly command: string;
}

/**
 * Reads a file that msb-deps wrote; one from elsewhere is judged field by field.
 * @throws MsbDepsError `snapshot-invalid`
 */
export async function readSaved<Saved>(
  path: string,
  { schema, name, command }: SavedKind<Saved>,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Saved> {
  try {
    const bytes = await readGiven(path, maxBytes, signal);
    return checked(schema, JSON.parse(bytes.toString("utf8")));
  } catch (cause) {
    if (signal.aborted || !(cause instanceof Error)) throw cause;
    const what = cause instanceof SyntaxError ? `not valid JSON (${cause.message})` : reasonOf(cause);
    throw new MsbDepsError("snapshot-invalid", `${path} is not ${name} of msb-deps: ${what}.`, {
      hint: `Save ${command}, using this version of msb-deps.`,
      cause,
    });
  }
}
