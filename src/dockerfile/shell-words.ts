import type { DoubleQuotedChild, ParameterExpansionPart, Word, WordPart } from "unbash";
import { applyModifier } from "./modifiers.ts";
import { MAX_LENGTH, type ShellValue, type ShellVariables, UNKNOWN } from "./shell-variables.ts";

/** Collects the fields that a word becomes. */
class Fields {
  readonly #done: string[] = [];
  #open: string | null = null;

  add(text: string): void {
    this.#open = (this.#open ?? "") + text;
    if (this.#open.length > MAX_LENGTH) this.#open = UNKNOWN;
  }

  /** An unquoted value is split at white space. */
  addSplit(text: string): void {
    const parts = text.split(/[ \t\n]+/);
    parts.forEach((part, index) => {
      if (index > 0) this.close();
      if (part !== "") this.add(part);
    });
  }

  close(): void {
    if (this.#open !== null) this.#done.push(this.#open);
    this.#open = null;
  }

  all(): string[] {
    this.close();
    return this.#done;
  }
}

/** The fields a word gives as an argument; unknown parts are {@link UNKNOWN}. */
export function fieldsOf(word: Word, variables: ShellVariables): string[] {
  if (word.parts === undefined) return [word.value];
  const fields = new Fields();
  for (const part of word.parts) addPart(part, variables, fields);
  const all = fields.all();
  return variables.bash
    ? all
    : all.filter((field) => field !== "" || word.text.includes('"') || word.text.includes("'"));
}

/** The value of a word where nothing is split, as on the right of an assignment. */
export function wordValue(word: Word, variables: ShellVariables): string {
  return word.parts === undefined ? word.value : word.parts.map((part) => partValue(part, variables)).join("");
}

/** Whether a word is what it says: no variable, substitution or brace in it. */
export function isLiteral(word: Word): boolean {
  const plain = new Set(["Literal", "SingleQuoted", "AnsiCQuoted", "Glob"]);
  return (word.parts ?? []).every(
    (part) =>
      plain.has(part.type) || (part.type === "DoubleQuoted" && part.parts.every((child) => child.type === "Literal")),
  );
}

function addPart(part: WordPart, variables: ShellVariables, fields: Fields): void {
  if (part.type === "SimpleExpansion" || part.type === "ParameterExpansion") {
    const value = expansion(part, variables);
    if (typeof value === "string") fields.addSplit(value);
    else addItems(fields, value, true);
    return;
  }
  if (printsNothing(part)) return;
  if (part.type !== "DoubleQuoted") {
    fields.add(partValue(part, variables));
    return;
  }
  // "$@" and "${list[@]}" give a field an element, and none where there is none.
  if (part.parts.length === 0) fields.add("");
  for (const child of part.parts) {
    const value =
      child.type === "SimpleExpansion" || child.type === "ParameterExpansion" ? expansion(child, variables) : null;
    if (value === null || typeof value === "string") fields.add(value ?? partValue(child, variables));
    else addItems(fields, value, false);
  }
}

function addItems(fields: Fields, items: readonly string[], split: boolean): void {
  for (const [index, item] of items.entries()) {
    if (index > 0) fields.close();
    if (split) fields.addSplit(item);
    else fields.add(item);
  }
}

function partValue(part: WordPart | DoubleQuotedChild, variables: ShellVariables): string {
  switch (part.type) {
    case "Literal":
    case "SingleQuoted":
    case "AnsiCQuoted":
    case "Glob":
      return part.value;
    case "DoubleQuoted":
      return part.parts.map((child) => partValue(child, variables)).join("");
    case "SimpleExpansion":
    case "ParameterExpansion": {
      const value = expansion(part, variables);
      return typeof value === "string" ? value : value.join(" ");
    }
    default:
      return printsNothing(part) ? "" : UNKNOWN;
  }
}

/** A comment in a list, as people write it among the words of a command: `` `# why` ``, `$(: why)`. */
function printsNothing(part: WordPart | DoubleQuotedChild): boolean {
  if (part.type !== "CommandExpansion" || part.script === undefined) return false;
  return part.script.commands.every(({ command }) => {
    if (command.type !== "Command" || command.redirects.length > 0) return false;
    return command.name?.value === ":" || command.name?.value === "true";
  });
}

function expansion(
  part: { type: "SimpleExpansion"; text: string } | ParameterExpansionPart,
  variables: ShellVariables,
): ShellValue {
  if (part.type === "SimpleExpansion") return variables.get(part.text.slice(1)) ?? UNKNOWN;
  if (part.prefix !== undefined) return UNKNOWN;
  const value = variables.get(part.parameter);
  if (part.index !== undefined) {
    const all = part.index.text === "@" || part.index.text === "*";
    return all && part.operation === undefined && value !== undefined ? value : UNKNOWN;
  }
  if (part.operation === undefined) return Array.isArray(value) ? (value[0] ?? "") : (value ?? UNKNOWN);
  return typeof value === "string" || value === undefined ? modified(part, value, variables) : UNKNOWN;
}

function modified(part: ParameterExpansionPart, value: string | undefined, variables: ShellVariables): string {
  const { operation } = part;
  if (value?.includes(UNKNOWN) || operation === undefined) return UNKNOWN;
  if (operation.type === "Default") {
    const colon = operation.operator.startsWith(":");
    const kind = operation.operator.at(-1);
    const word = wordValue(operation.operand, variables);
    if (kind === "?") return value ?? UNKNOWN;
    const result = applyModifier(kind === "+" ? "+" : "-", colon, value, word) ?? UNKNOWN;
    if (kind === "=") variables.set(part.parameter, result);
    return result;
  }
  if (operation.type === "Remove" && value !== undefined) {
    const pattern = wordValue(operation.operand, variables);
    const longest = operation.operator.length === 2 ? operation.operator.charAt(0) : "";
    const side = operation.operator.startsWith("#") ? "#" : "%";
    return pattern.includes(UNKNOWN) ? UNKNOWN : (applyModifier(side, false, value, longest + pattern) ?? UNKNOWN);
  }
  return UNKNOWN;
}
