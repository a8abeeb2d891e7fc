import type { ArrayValue, Assignment, Command } from "unbash";
import type { ShellWord } from "./shell-command.ts";
import { type ShellValue, type ShellVariables, UNKNOWN } from "./shell-variables.ts";
import { fieldsOf, wordValue } from "./shell-words.ts";

/** Sets what `NAME=value`, `NAME+=value` and `NAME=(a b)` set. */
export function assign(assignment: Assignment, variables: ShellVariables): void {
  const { name, value } = assignment;
  const next = value.type === "Word" ? wordValue(value, variables) : arrayOf(value, variables);
  variables.set(name, assignment.index === undefined ? appended(assignment, next, variables) : UNKNOWN);
}

function appended({ name, append }: Assignment, next: ShellValue, variables: ShellVariables): ShellValue {
  if (append !== true) return next;
  const before = variables.get(name) ?? "";
  return typeof before === "string" && typeof next === "string" ? before + next : [before, next].flat();
}

function arrayOf(value: ArrayValue, variables: ShellVariables): string[] {
  return value.elements.flatMap((element) => fieldsOf(element, variables));
}

/** Sets `$1` to `$9`, `$@`, `$*` and `$#`. */
export function setPositional(args: readonly string[], variables: ShellVariables): void {
  variables.set("@", args);
  variables.set("*", args);
  variables.set("#", String(args.length));
  for (let index = 1; index <= 9; index += 1) variables.set(String(index), args[index - 1] ?? "");
}

const DECLARING: ReadonlySet<string> = new Set(["export", "declare", "typeset", "local", "readonly"]);

/** Builtins that change variables and start nothing. */
export function runBuiltin(
  name: string,
  node: Command,
  words: readonly ShellWord[],
  variables: ShellVariables,
): boolean {
  if (DECLARING.has(name)) {
    for (const item of node.args) {
      if (item.type === "Assignment") assign(item, variables);
      if (name === "export") variables.export(item.type === "Assignment" ? item.name : item.value);
    }
    return true;
  }
  const rest = words.slice(1).flatMap((word) => word.fields);
  if (name === "read" || name === "unset" || name === "mapfile" || name === "getopts") {
    for (const field of rest) if (/^[A-Za-z_]\w*$/.test(field)) variables.set(field, name === "unset" ? "" : UNKNOWN);
    return true;
  }
  const marker = rest.indexOf("--");
  if (name === "set" && marker !== -1) setPositional(rest.slice(marker + 1), variables);
  if (name === "shift") setPositional([UNKNOWN], variables);
  return name === "set" || name === "shift";
}
