import type { ParsedDockerfile, ParsedInstruction } from "../../dockerfile/parse.ts";
import type { AptInstall, BuildPlan } from "../../dockerfile/plan.ts";
import { applyEdits, type Draft } from "../../dockerfile/rewrite/edit.ts";
import { skeletonOf } from "../../dockerfile/rewrite/same-but-packages.ts";
import { type TakenOut, takeOutInstall } from "../../dockerfile/rewrite/take-out.ts";
import { scriptOf } from "../../dockerfile/run-script.ts";
import { shellCommands } from "../../dockerfile/shell.ts";
import { ShellVariables } from "../../dockerfile/shell-variables.ts";
import type { Change } from "./model.ts";
import { allInstalls, type Read, type Stepped } from "./steps.ts";

/** The start of an install command of the text before that would stay without packages. */
export interface Stuck {
  readonly stuck: number;
}

/**
 * Takes out the install commands from which a step has taken the last package.
 *
 * @param before the draft that the step began with
 */
export function takeOutEmptied(before: Draft, stepped: Stepped, read: Read): Stepped | Stuck {
  const old = allInstalls(read(before.text).plan);
  const now = allInstalls(read(stepped.draft.text).plan);
  const emptied = now.flatMap((install, at) => {
    const was = old[at];
    return was !== undefined && was.packages.length > 0 && isEmpty(install) ? [{ was, start: install.start }] : [];
  });
  let { draft } = stepped;
  const changes: Change[] = [];
  // From the last to the first: what stands before a change keeps its place.
  for (const { was, start } of emptied.reverse()) {
    const { parsed, plan } = read(draft.text);
    const install = allInstalls(plan).find((one) => one.start === start && isEmpty(one));
    // It went with its instruction.
    if (install === undefined) continue;
    const out = takenOut(parsed, install);
    const next = out === null ? null : applyEdits(draft, out.edits);
    if (out === null || next === null || !isRight(parsed, plan, install, out, read(next.text)))
      return { stuck: was.start };
    const code = codeOf(stepped, was);
    changes.unshift({
      kind: "taken-out",
      text: out.text,
      whole: out.whole,
      code,
      line: draft.origins[install.line - 1] ?? null,
    });
    draft = next;
  }
  return { draft, changes: [...stepped.changes, ...changes] };
}

function isEmpty({ packages, unknownWords }: AptInstall): boolean {
  return packages.length + unknownWords.length === 0;
}

/** The finding that asked for its last word. */
function codeOf({ changes }: Stepped, { packages }: AptInstall): Change["code"] {
  const words = new Set(packages.map(({ text }) => text));
  return changes.findLast((one) => one.kind === "removed" && words.has(one.word))?.code ?? "redundant";
}

function takenOut(parsed: ParsedDockerfile, install: AptInstall): TakenOut | null {
  const around = instructionAround(parsed, install);
  return around === undefined ? null : takeOutInstall(parsed, around, install);
}

function instructionAround(
  { instructions }: ParsedDockerfile,
  { start, end }: AptInstall,
): ParsedInstruction | undefined {
  return instructions.find((one) => one.start <= start && one.end >= end);
}

/** Whether a new text reads as the old one, but for the command or the instruction that was taken out. */
function isRight(
  parsed: ParsedDockerfile,
  plan: BuildPlan,
  install: AptInstall,
  { whole }: TakenOut,
  now: ReturnType<Read>,
): boolean {
  const around = instructionAround(parsed, install);
  const at = parsed.instructions.findIndex(({ start }) => start === around?.start);
  const [old, after] = [skeletonOf(parsed, plan), skeletonOf(now.parsed, now.plan)];
  if (JSON.stringify(old.comments) !== JSON.stringify(after.comments)) return false;
  if (JSON.stringify(wordsIn(plan)) !== JSON.stringify(wordsIn(now.plan))) return false;
  const kept = old.instructions.toSpliced(at, 1);
  if (whole) return JSON.stringify(kept) === JSON.stringify(after.instructions);
  if (JSON.stringify(kept) !== JSON.stringify(after.instructions.toSpliced(at, 1))) return false;
  const [before, left] = [commandsOf(parsed.instructions[at]), commandsOf(now.parsed.instructions[at])];
  return before.some((_, gone) => JSON.stringify(before.toSpliced(gone, 1)) === JSON.stringify(left));
}

/** The words of the install commands that have any. */
function wordsIn(plan: BuildPlan): string[][] {
  const words = allInstalls(plan).map(({ packages, unknownWords }) =>
    [...packages, ...unknownWords].map(({ text }) => text),
  );
  return words.filter((list) => list.length > 0);
}

/** The commands of a RUN, each with its words and whether it runs for certain. */
function commandsOf(instruction: ParsedInstruction | undefined): string[] {
  if (instruction === undefined) return [];
  const variables = new ShellVariables(() => null, true);
  const commands = shellCommands(scriptOf(instruction).script.text, variables) ?? [];
  return commands.map(({ words, conditional }) => JSON.stringify([conditional, ...words.map(({ text }) => text)]));
}
