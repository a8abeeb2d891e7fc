import type { Analysis } from "../analysis/model.ts";
import { MsbDepsError, reasonOf } from "../base/errors.ts";
import { unifiedDiff } from "../report/diff.ts";
import { listReport } from "../report/list.ts";
import type { Io } from "./options.ts";
import { readGiven } from "./read-given.ts";
import { writeWhole } from "./write-result.ts";

/** `--check`: a committed list of packages, as `-f list` prints it, that is compared with what is needed. */
export interface CheckOptions {
  readonly file: string;
  /** Rewrite the list where the needs have drifted. */
  readonly update: boolean;
}

/** A list of packages is smaller. */
const MAX_BYTES = 1024 * 1024;

/**
 * The unified diff from a committed list to what an analysis came to, empty if both name the same packages; with `update` the
 * list is rewritten.
 * @throws MsbDepsError `usage` for a list that is not there, or is not to be read
 */
export async function checkList(
  { file, update }: CheckOptions,
  analysis: Analysis,
  { messages, signal }: Pick<Io, "messages" | "signal">,
): Promise<string> {
  const before = await committed(file, update, signal);
  const after = listReport(analysis);
  if (before !== null && namesOf(before).join("\n") === namesOf(after).join("\n")) return "";
  const diff = unifiedDiff(file, before ?? "", after);
  if (!update) return diff;
  if (!analysis.complete) {
    throw new MsbDepsError(
      "usage",
      `${file} was not rewritten: not all could be inspected, so packages may be missing.`,
      {
        hint: "Run without --update to see what was found.",
      },
    );
  }
  await writeWhole(file, after);
  messages.info(`${file} was ${before === null ? "created" : "rewritten"}`);
  return diff;
}

/** The text of the list; null if it is yet to be created. */
async function committed(file: string, update: boolean, signal: AbortSignal): Promise<string | null> {
  try {
    return (await readGiven(file, MAX_BYTES, signal)).toString("utf8");
  } catch (cause) {
    if (signal.aborted) throw cause;
    if (update && (cause as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new MsbDepsError("usage", `the list of --check, ${file}, could not be read: ${reasonOf(cause)}.`, {
      hint: "Create it with --update, or with -f list -o FILE.",
      cause,
    });
  }
}

/** The words of a list, as xargs reads them, sorted and each once. */
function namesOf(text: string): string[] {
  return [...new Set(text.split(/\s+/).filter((word) => word !== ""))].sort();
}
