import * as v from "valibot";
import { MsbDepsError, reasonOf } from "../base/errors.ts";
import { checked, list, object, text, versionOne } from "../base/schema.ts";
import { unifiedDiff } from "../report/diff.ts";
import { jsonReport } from "../report/json.ts";
import { listReport } from "../report/list.ts";
import { textOf } from "../report/output.ts";
import { type CheckOptions, type Needs, requireComplete } from "./check-options.ts";
import type { Io } from "./options.ts";
import { readGiven } from "./read-given.ts";
import { writeWhole } from "./write-result.ts";

/** A committed file is smaller. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * The unified diff from a committed file to what an analysis came to, empty if both name the same packages; with `update` the
 * file is rewritten.
 * @throws MsbDepsError `usage` for a file that is not there, or is not to be read or rewritten
 */
export async function checkNeeds({ file, update }: CheckOptions, needs: Needs, io: Io): Promise<string> {
  const { analysis } = needs;
  const before = await committed(file, update, io.signal);
  if (before !== null && /^\s*FROM\s+\S/im.test(before)) {
    const { checkDockerfile } = await import("./check-dockerfile.ts");
    return checkDockerfile({ file, update, text: before }, needs, io);
  }
  const isReport = before === null ? file.endsWith(".json") : before.trimStart().startsWith("{");
  const names = before === null ? [] : isReport ? namesOfReport(file, before) : namesOf(before);
  if (before !== null && names.join("\n") === namesOf(listReport(analysis)).join("\n")) return "";
  const was = isReport ? textOf(names) : (before ?? "");
  const diff = unifiedDiff(file, was, listReport(analysis));
  if (!update) return diff;
  requireComplete(file, analysis);
  await writeWhole(file, isReport ? jsonReport(analysis) : listReport(analysis));
  io.messages.info(`${file} was ${before === null ? "created" : "rewritten"}`);
  return diff;
}

/** The text of the file; null if it is yet to be created. */
async function committed(file: string, update: boolean, signal: AbortSignal): Promise<string | null> {
  try {
    return (await readGiven(file, MAX_BYTES, signal)).toString("utf8");
  } catch (cause) {
    if (signal.aborted) throw cause;
    if (update && (cause as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new MsbDepsError("usage", `the file of --check, ${file}, could not be read: ${reasonOf(cause)}.`, {
      hint: "Create it with --update, or with -f list -o FILE.",
      cause,
    });
  }
}

const report = object<{ readonly schemaVersion: 1; readonly install: readonly string[] }>({
  schemaVersion: versionOne,
  install: v.pipe(list(text), v.readonly()),
});

function namesOfReport(file: string, content: string): string[] {
  try {
    return sorted(checked(report, JSON.parse(content)).install);
  } catch (cause) {
    throw new MsbDepsError("usage", `the file of --check, ${file}, is no report of analyze: ${reasonOf(cause)}.`, {
      hint: "Create it with -f json -o FILE, for one Dockerfile on one platform.",
      cause,
    });
  }
}

/** The words of a list, as xargs reads them. */
function namesOf(content: string): string[] {
  return sorted(content.split(/\s+/).filter((word) => word !== ""));
}

function sorted(words: readonly string[]): string[] {
  return [...new Set(words)].sort();
}
