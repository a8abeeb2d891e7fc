import { type Command, parse, type Statement, type SyntaxNode } from "unbash";
import { isComment } from "../lines.ts";
import { type MappedText, sourceRange } from "../mapped-text.ts";
import type { ParsedDockerfile, ParsedInstruction } from "../parse.ts";
import type { AptInstall } from "../plan.ts";
import { scriptOf } from "../run-script.ts";
import { commandText } from "../shell-nodes.ts";
import type { TextEdit } from "./edit.ts";
import { lineAround } from "./physical-line.ts";

/** A command that is taken out, alone or with the instruction around it. */
export interface TakenOut {
  readonly edits: readonly TextEdit[];
  /** What goes, as it stands. */
  readonly text: string;
  /** The instruction goes. */
  readonly whole: boolean;
}

/** What a RUN does that has nothing left to install. */
const HOUSEKEEPING = [
  /^(?:sudo )?apt(?:-get|itude)?(?: -\S+)* (?:update|clean|autoclean|distclean)(?: -\S+)*$/,
  /^(?:sudo )?rm -\S+(?: \/var\/(?:lib|cache)\/apt(?:\/[\w./*-]*)?)+$/,
  /^set(?: [-+]\w+)+(?: pipefail)?$/,
];
const DROPS_LISTS =
  /^(?:sudo )?(?:rm .* \/var\/lib\/apt(?:\/lists)?(?:\/?\*?|\/)(?: |$)|apt(?:-get)?(?: -\S+)* distclean)/;

/**
 * How an install command without packages is taken out: with its instruction where that does nothing but apt's housekeeping
 * besides, else with the `&&`, `;` or line break that joins it to its neighbour. Null where that cannot be done with certainty:
 * behind `||`, in a pipeline, a branch, a loop or another script, or where a comment would not stay a comment.
 */
export function takeOutInstall(
  { text }: ParsedDockerfile,
  instruction: ParsedInstruction,
  install: AptInstall,
): TakenOut | null {
  const { heredocs, json, keyword, flags } = instruction;
  if (keyword !== "RUN" || json !== null || flags.some(({ name }) => name !== "mount")) return null;
  const { script } = scriptOf(instruction);
  if (heredocs.length > 0 && script !== heredocs[0]?.content) return null;
  const { commands: statements, errors = [] } = parse(script.text);
  if (errors.length > 0 || statements.some(({ background }) => background === true)) return null;
  const isMeant = (node: SyntaxNode): boolean => {
    if (node.type !== "Command") return false;
    // Where it is a part of the command (`bash -c '…'`), that one does more.
    const { start, end } = sourceRange(script, node.name?.pos ?? node.pos, node.end);
    return start === install.start && end === install.end;
  };
  if (isWhole(statements, isMeant, text, instruction)) {
    const { start, end } = instruction;
    return { edits: linesWithoutComments(text, start, end), text: text.slice(start, end), whole: true };
  }
  const range = rangeIn(statements, isMeant);
  const edits = range === null ? null : cut(text, script, range);
  return edits === null
    ? null
    : { edits, text: edits.map((one) => text.slice(one.start, one.end)).join(""), whole: false };
}

/** Whether an instruction does nothing that anything else could want: no list that a later command reads. */
function isWhole(
  statements: readonly Statement[],
  isMeant: (node: SyntaxNode) => boolean,
  text: string,
  { heredocs, start, end, flags }: ParsedInstruction,
): boolean {
  const parts = statements.flatMap(({ command }): readonly (SyntaxNode | null)[] => {
    if (command.type !== "AndOr") return [command];
    return command.operators.every((operator) => operator === "&&") ? command.commands : [null];
  });
  const others = parts.filter((part) => part === null || !isMeant(part));
  const texts = others.map((part) => (part?.type === "Command" ? shortText(part) : ""));
  if (!texts.every((one) => HOUSEKEEPING.some((pattern) => pattern.test(one)))) return false;
  if (flags.some(({ value }) => !/(?:^|,)type=cache(?:,|$)/.test(value ?? ""))) return false;
  const lists = flags.length > 0 || !texts.some((one) => DROPS_LISTS.test(one));
  if (lists && /\bapt(?:-get|itude)?\b/.test(text.slice(end))) return false;
  const inside = text.slice(start, end).split("\n");
  if (heredocs.length > 0 && inside.some(isComment)) return false;
  // It would speak of the next instruction.
  return (
    !/^[ \t]*#[ \t]*msb-deps\b/.test(lineAbove(text, start)) && !inside.some((line) => /^\s*#\s*msb-deps\b/.test(line))
  );
}

function shortText(node: Command): string {
  return commandText(node).replace(/\s+/g, " ").trim();
}

function lineAbove(text: string, offset: number): string {
  const { start } = lineAround(text, offset);
  return start === 0 ? "" : lineAround(text, start - 1).text;
}

/** A range of a script, and whether the part behind it goes on where it began. */
interface Range {
  readonly start: number;
  readonly end: number;
  /** A part of the script begins at its end; else the range ends where the part before does. */
  readonly before: boolean;
}

/** The range of the command with what joins it to the next part, or, where it is the last one, to the one before. */
function rangeIn(statements: readonly Statement[], isMeant: (node: SyntaxNode) => boolean): Range | null {
  for (const { command } of statements) {
    if (command.type !== "AndOr" || !command.commands.some(isMeant)) continue;
    if (!command.operators.every((operator) => operator === "&&")) return null;
    return between(command.commands, isMeant);
  }
  return between(
    statements.map(({ command }) => command),
    isMeant,
  );
}

function between(parts: readonly SyntaxNode[], isMeant: (node: SyntaxNode) => boolean): Range | null {
  const at = parts.findIndex(isMeant);
  const [previous, part, next] = [parts[at - 1], parts[at], parts[at + 1]];
  if (at === -1 || part === undefined) return null;
  if (next !== undefined) return { start: part.pos, end: next.pos, before: true };
  return previous === undefined ? null : { start: previous.end, end: part.end, before: false };
}

function cut(text: string, script: MappedText, { start, end, before }: Range): TextEdit[] | null {
  const from = before ? sourceRange(script, start, start + 1).start : sourceRange(script, 0, start).end;
  const to = before ? sourceRange(script, end, end + 1).start : sourceRange(script, start, end).end;
  const lines = text.slice(from, to).split("\n").slice(1);
  if (!lines.some(isComment)) return [{ start: from, end: to, text: "" }];
  if (!before) return null;
  // Comments between stay where both parts begin their lines alike.
  const [first, next] = [lineAround(text, from), lineAround(text, to)];
  const [head, tail] = [text.slice(first.start, from), text.slice(next.start, to)].map((one) => one.trim());
  const alike = head === tail && (head === "" || head === "&&");
  return alike ? linesWithoutComments(text, from, next.start - 1) : null;
}

/** The lines from one offset to another, without those that are comments. */
function linesWithoutComments(text: string, from: number, to: number): TextEdit[] {
  const ranges: { start: number; end: number }[] = [];
  for (let line = lineAround(text, from); line.start <= to; line = lineAround(text, line.next)) {
    const last = ranges.at(-1);
    if (last !== undefined && last.end === line.start && !isComment(line.text)) last.end = line.next;
    else if (!isComment(line.text)) ranges.push({ start: line.start, end: line.next });
    if (line.next >= text.length) break;
  }
  // At the end of a file without a line break the line above is to be the last, and has none either.
  const last = ranges.at(-1);
  if (last !== undefined && last.end === text.length && !text.endsWith("\n") && last.start > 0)
    last.start = lineAround(text, last.start - 1).end;
  return ranges.map((range) => ({ ...range, text: "" }));
}
