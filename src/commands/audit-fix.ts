import { fix } from "../audit/fix/fix.ts";
import type { Read } from "../audit/fix/steps.ts";
import { MsbDepsError } from "../base/errors.ts";
import { finishPaced } from "../base/steps.ts";
import { makePlan } from "../dockerfile/make-plan.ts";
import { parseDockerfile } from "../dockerfile/parse.ts";
import type { AuditReport, FixResult } from "../report/findings.ts";
import { fixAccount } from "../report/fix-account.ts";
import type { FixOptions, Subject } from "./audit-subject.ts";
import type { Io, ShowOptions } from "./options.ts";
import { readGiven } from "./read-given.ts";
import { replaceFile } from "./replace-file.ts";

/**
 * Mends what can be mended, says on standard error what that was, and answers with the audit of the result.
 * @throws MsbDepsError `usage` where the Dockerfile cannot be rewritten as it stands
 */
export async function fixSubject(
  subject: Subject,
  { level, result }: FixOptions,
  show: ShowOptions,
  io: Io,
): Promise<AuditReport> {
  const { file, path, text } = subject;
  if (text.includes("\uFFFD")) throw notUtf8(file);
  if (result === "file" && path === null) throw nothingToWrite();
  const fixed = await finishPaced(fix(text, subject.look, readerOf(subject), level), io.signal);
  if (path !== null) await requireSame(path, text, io.signal);
  if (!show.quiet) io.messages.lines(fixAccount({ file, ...fixed }));
  const told = await resultOf(subject, result, fixed.text);
  if (result === "file" && path !== null && fixed.text !== text) {
    io.signal.throwIfAborted();
    await replaceFile(path, fixed.text);
  }
  const { audit, changes, input, refusals } = fixed;
  return { file, kind: "dockerfile", analysis: input.analysis, audit, fix: { changes, refusals, result: told } };
}

/** Reads changed texts of a Dockerfile, with its build arguments. */
export function readerOf({ buildArgs }: Pick<Subject, "buildArgs">): Read {
  return (changed) => {
    const parsed = parseDockerfile(changed);
    return { parsed, plan: makePlan(parsed, { buildArgs }) };
  };
}

/** Whether a format has the change itself for its result, in place of findings: in JSON it stands beside them. */
export function isChange(fix: FixOptions | null, format: string): boolean {
  return fix !== null && fix.result !== "file" && format === "text";
}

async function resultOf({ file, text }: Subject, result: FixOptions["result"], fixed: string): Promise<FixResult> {
  if (result === "file") return {};
  if (result === "text") return { text: fixed };
  const { unifiedDiff } = await import("../report/diff.ts");
  return { diff: unifiedDiff(file === "-" ? "Dockerfile" : file, text, fixed) };
}

/** A build takes minutes, and a saved run may be of another day. */
export async function requireSame(path: string, text: string, signal: AbortSignal): Promise<void> {
  const before = Buffer.from(text);
  // One that has grown is another one as well.
  const now = await readGiven(path, before.length, signal).catch(() => null);
  signal.throwIfAborted();
  if (now !== null && before.equals(now)) return;
  throw new MsbDepsError("usage", `${path} was changed while it was being audited.`, {
    hint: "Nothing was written. Run the audit again.",
  });
}

function notUtf8(file: string): MsbDepsError {
  return new MsbDepsError("usage", `${file} is not UTF-8, so it cannot be rewritten without changing other bytes.`, {
    hint: "Convert it to UTF-8, or omit --fix and --diff.",
  });
}

function nothingToWrite(): MsbDepsError {
  return new MsbDepsError("usage", "--fix has no file to write: only a saved run was given.", {
    hint: "Pass the Dockerfile too, or use --diff.",
  });
}
