import { openCase } from "../audit/case.ts";
import { aptWordOf, setList } from "../audit/fix/fix.ts";
import type { Refusal } from "../audit/fix/model.ts";
import { MsbDepsError } from "../base/errors.ts";
import { finishPaced } from "../base/steps.ts";
import { unifiedDiff } from "../report/diff.ts";
import { refusalText } from "../report/fix-account.ts";
import { textOf } from "../report/output.ts";
import { readerOf, requireSame } from "./audit-fix.ts";
import { runSubject } from "./audit-run.ts";
import { type CheckOptions, type Needs, requireComplete } from "./check-options.ts";
import type { Io } from "./options.ts";
import { replaceFile } from "./replace-file.ts";

/**
 * The unified diff from a Dockerfile to the same one with the needed packages in the list of its runtime stage, empty if it names
 * just them. Where the list cannot be rewritten, it is the diff of the lists, a package a line.
 * @throws MsbDepsError `usage` for another Dockerfile, a list that cannot be read, or one that cannot be rewritten
 */
export async function checkDockerfile(
  { file, update, text }: CheckOptions & { readonly text: string },
  { analysis, run, held }: Needs,
  io: Io,
): Promise<string> {
  if (run.dockerfile !== text) throw anotherDockerfile(file);
  const subject = await runSubject(run, text, held);
  const { list } = openCase(await finishPaced(subject.look(text), io.signal));
  if (list.unread.length > 0) throw unreadList(file, list.unread);
  const wanted = [...analysis.install].sort();
  const before = [...new Set(list.words.map(aptWordOf))].sort();
  if (before.join("\n") === wanted.join("\n")) return "";
  const set = await finishPaced(setList(text, subject.look, readerOf(subject), wanted), io.signal);
  const diff =
    set.refusals.length > 0 ? unifiedDiff(file, textOf(before), textOf(wanted)) : unifiedDiff(file, text, set.text);
  if (!update) return diff;
  requireComplete(file, analysis);
  if (set.refusals.length > 0) throw cannotRewrite(file, set.refusals);
  await requireSame(file, text, io.signal);
  await replaceFile(file, set.text);
  io.messages.info(`${file} was rewritten`);
  return diff;
}

function anotherDockerfile(file: string): MsbDepsError {
  return new MsbDepsError("usage", `--check ${file} is a Dockerfile, but not the one that is inspected.`, {
    hint: "Check a Dockerfile against itself: msb-deps Dockerfile --check Dockerfile.",
  });
}

function unreadList(file: string, unread: readonly string[]): MsbDepsError {
  return new MsbDepsError("usage", `the list of ${file} cannot be compared: part of it is unknown.`, {
    tried: unread.map((text) => `${text}: what it installs is unknown`),
    hint: "Commit the list as a file of its own (docs/ci.md), or name the packages in the command.",
  });
}

function cannotRewrite(file: string, refusals: readonly Refusal[]): MsbDepsError {
  return new MsbDepsError("usage", `the list of ${file} cannot be rewritten.`, {
    tried: refusals.map((refusal) => `line ${refusal.line}: ${refusalText(refusal)}`),
    hint: "Change it by hand; without --update the difference is printed.",
  });
}
