import { isComment } from "../lines.ts";
import type { ParsedDockerfile } from "../parse.ts";
import type { AptPackageWord, BuildPlan } from "../plan.ts";

/** A Dockerfile as far as a rewrite must leave it alone. */
export interface Skeleton {
  /** The instructions, without the packages that they install; white space, continuations and comments apart. */
  readonly instructions: readonly string[];
  /** The comments of the file, wherever they stand. */
  readonly comments: readonly string[];
}

/** What is left of a file when the package words of its `apt-get install` commands are cut out. */
export function skeletonOf(parsed: ParsedDockerfile, plan: BuildPlan): Skeleton {
  const words = packageWords(plan).filter(({ literal }) => literal);
  const instructions = parsed.instructions.map(({ start, end }) => {
    const inside = words.filter((word) => word.start >= start && word.end <= end);
    return squeezed(cut(parsed.text, start, end, inside), parsed.escape);
  });
  return { instructions, comments: linesOf(parsed.text).filter(isComment) };
}

/** Every package word of a file. */
export function packageWords(plan: BuildPlan): readonly AptPackageWord[] {
  const words = plan.stages.flatMap(({ instructions }) =>
    instructions.flatMap((one) => (one.kind === "run" ? one.aptInstalls.flatMap(({ packages }) => packages) : [])),
  );
  // An ONBUILD instruction is met in every stage that begins with its own.
  return [...new Map(words.map((word) => [`${word.start} ${word.name} ${word.architecture}`, word])).values()];
}

/**
 * Whether a file differs from another in the package words of its install commands alone, and by whole instructions
 * that were `added` (as a skeleton has them).
 */
export function sameButPackages(before: Skeleton, after: Skeleton, added: readonly string[]): boolean {
  const left = [...added];
  let at = 0;
  for (const instruction of after.instructions) {
    if (instruction === before.instructions[at]) at += 1;
    else if (left.includes(instruction)) left.splice(left.indexOf(instruction), 1);
    else return false;
  }
  return at === before.instructions.length && JSON.stringify(before.comments) === JSON.stringify(after.comments);
}

function cut(text: string, start: number, end: number, words: readonly { start: number; end: number }[]): string {
  let result = "";
  let at = start;
  for (const word of [...words].sort((a, b) => a.start - b.start)) {
    if (word.start < at) continue;
    result += text.slice(at, word.start);
    at = word.end;
  }
  return result + text.slice(at, end);
}

function linesOf(text: string): string[] {
  return text.split("\n").map((line) => line.trim());
}

/** White space and continuations count as one space, and as none beside an operator of the shell. */
function squeezed(text: string, continuation: string): string {
  const code = linesOf(text).filter((line) => !isComment(line));
  return code
    .map((line) => (line.endsWith(continuation) || line.endsWith("\\") ? line.slice(0, -1) : line))
    .join(" ")
    .replace(/\s+/g, " ")
    .replace(/ ?([;&|()'"`]) ?/g, "$1")
    .trim();
}
