import type { Assignment, Command, HereDoc, SyntaxNode, Word } from "unbash";
import type { ShellCommand, ShellWord } from "./shell-command.ts";
import { type ShellVariables, UNKNOWN } from "./shell-variables.ts";
import { fieldsOf, isLiteral, wordValue } from "./shell-words.ts";

const TESTS: ReadonlySet<string> = new Set(["[", "test", "command", "expr", "grep", "type", "which"]);

/** Whether a part of a `&&` list asks something rather than does it. */
export function isTest(node: SyntaxNode): boolean {
  if (node.type === "Pipeline") return node.commands.length > 0 && node.commands.some(isTest);
  return node.type === "TestCommand" || (node.type === "Command" && TESTS.has(node.name?.value ?? ""));
}

/** A word of a command with its place and what becomes of it. */
export function wordOf(item: Word | Assignment, variables: ShellVariables): ShellWord {
  const place = { text: item.text, start: item.pos, end: item.end };
  if (item.type === "Word") return { ...place, fields: fieldsOf(item, variables), literal: isLiteral(item) };
  const value = item.value.type === "Word" ? wordValue(item.value, variables) : UNKNOWN;
  const literal = item.value.type === "Word" && isLiteral(item.value);
  return { ...place, fields: [`${item.name}${item.append === true ? "+" : ""}=${value}`], literal };
}

/** A command without its redirections, as it stands. */
export function commandText({ name, args }: Command): string {
  return [name, ...args].map((word) => word?.text ?? "").join(" ");
}

/** Where a command stands, assignments in front of it left out. */
export function placeOf(node: Command): { start: number; end: number } {
  return { start: node.name?.pos ?? node.pos, end: node.end };
}

/** What a command's standard input is taken from. */
export function inputsOf({ redirects }: Command): Pick<ShellCommand, "heredocs" | "inputs"> {
  const heredocs = redirects.filter((item): item is HereDoc => item.type === "HereDoc");
  return {
    heredocs: heredocs.map(({ body: { text, pos } }) => ({ text, start: pos })),
    inputs: redirects.flatMap((item) =>
      item.type === "Redirect" && item.operator === "<" ? [item.target?.text ?? ""] : [],
    ),
  };
}
