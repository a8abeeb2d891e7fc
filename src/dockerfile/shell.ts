import { type Command, forEachChild, type ParsedScript, parse, type SyntaxNode } from "unbash";
import { assign, runBuiltin, setPositional } from "./shell-builtins.ts";
import type { ShellCommand, ShellWord } from "./shell-command.ts";
import { commandText, inputsOf, isTest, placeOf, wordOf } from "./shell-nodes.ts";
import { type ShellVariables, UNKNOWN } from "./shell-variables.ts";
import { fieldsOf } from "./shell-words.ts";

// A loop over a loop over a loop of words is no Dockerfile that somebody wrote.
const MAX_COMMANDS = 5_000;
const MAX_STEPS = 200_000;
const MAX_FIELDS = 200_000;
const MAX_CALLS = 20;

/**
 * Runs through a shell script as far as that can be done without running it: variables are followed, loops over known
 * words are unrolled, of branches all are taken. Null where the script is no shell script that can be read.
 */
export function shellCommands(script: string, variables: ShellVariables): ShellCommand[] | null {
  let parsed: ParsedScript;
  try {
    parsed = parse(script);
    if ((parsed.errors ?? []).length > 0) return null;
    const walk = new Walk();
    walk.visit(parsed, variables);
    return walk.commands;
  } catch (error) {
    if (error instanceof TooMuch || error instanceof RangeError) return null;
    throw error;
  }
}

class TooMuch extends Error {}

class Walk {
  readonly commands: ShellCommand[] = [];
  readonly #functions = new Map<string, SyntaxNode>();
  #calls = 0;
  #perhaps = 0;
  #pipedFrom: ShellCommand["pipedFrom"] = null;
  #steps = 0;
  #fields = 0;

  visit(node: SyntaxNode, variables: ShellVariables): void {
    if (++this.#steps > MAX_STEPS) throw new TooMuch();
    switch (node.type) {
      case "Command":
        this.#command(node, variables);
        break;
      case "Function":
        this.#functions.set(node.name.value, node.body);
        break;
      case "Subshell":
      case "Coproc":
        this.#children(node, variables.copy());
        break;
      case "Pipeline":
        this.#pipeline(node, variables);
        break;
      case "AndOr":
        this.#andOr(node, variables);
        break;
      case "If":
        this.#if(node, variables);
        break;
      case "Case":
        this.#branches(
          node.items.map((item) => item.body),
          variables,
          false,
        );
        break;
      case "While":
        this.visit(node.clause, variables);
        this.#branches([node.body], variables, false);
        break;
      case "For":
        this.#for(node, variables);
        break;
      default:
        this.#children(node, variables);
    }
  }

  #children(node: SyntaxNode, variables: ShellVariables): void {
    forEachChild(node, (child) => {
      if (child.type !== "Word") this.visit(child, variables);
    });
  }

  #pipeline({ commands }: Extract<SyntaxNode, { type: "Pipeline" }>, variables: ShellVariables): void {
    const [first] = commands;
    for (const [index, part] of commands.entries()) {
      const plain = index === 1 && first?.type === "Command" && first.redirects.length + first.prefix.length === 0;
      this.#pipedFrom = plain && part.type === "Command" ? { text: commandText(first), start: first.pos } : null;
      this.visit(part, commands.length > 1 ? variables.copy() : variables);
    }
  }

  /** What stands behind `||` runs where the one before fails; what stands behind `&&` and a test, where that holds. */
  #andOr(node: Extract<SyntaxNode, { type: "AndOr" }>, variables: ShellVariables): void {
    for (const [index, part] of node.commands.entries()) {
      const operator = node.operators[index - 1];
      const perhaps = operator === "||" || (operator === "&&" && node.commands.slice(0, index).some(isTest));
      this.#within(perhaps, () => this.visit(part, variables));
    }
  }

  #within(perhaps: boolean, visit: () => void): void {
    if (perhaps) this.#perhaps += 1;
    visit();
    if (perhaps) this.#perhaps -= 1;
  }

  #if(node: Extract<SyntaxNode, { type: "If" }>, variables: ShellVariables): void {
    this.visit(node.clause, variables);
    for (const elif of node.elif) this.visit(elif.clause, variables);
    const bodies = [node.then, ...node.elif.map((elif) => elif.then)];
    this.#branches(node.else === undefined ? bodies : [...bodies, node.else], variables, node.else !== undefined);
  }

  /** `complete`: one of the branches runs for certain. */
  #branches(bodies: readonly SyntaxNode[], variables: ShellVariables, complete: boolean): void {
    const ends = bodies.map((body) => {
      const branch = variables.copy();
      this.#within(true, () => this.visit(body, branch));
      return branch;
    });
    variables.merge(complete ? ends : [...ends, variables.copy()]);
  }

  #for(node: Extract<SyntaxNode, { type: "For" }>, variables: ShellVariables): void {
    const items = node.wordlist?.flatMap((word) => fieldsOf(word, variables)) ?? [UNKNOWN];
    for (const item of items) {
      variables.set(node.name.value, item);
      this.#within(item.includes(UNKNOWN), () => this.visit(node.body, variables));
    }
  }

  #command(node: Command, variables: ShellVariables): void {
    if (this.commands.length >= MAX_COMMANDS) throw new TooMuch();
    const pipedFrom = this.#pipedFrom;
    this.#pipedFrom = null;
    const assignments = node.prefix.filter((item) => item.type === "Assignment");
    if (node.name === undefined) {
      for (const assignment of assignments) assign(assignment, variables);
      this.#substitutions(node, variables);
      return;
    }
    const inner = assignments.length === 0 ? variables : variables.copy();
    for (const assignment of assignments) {
      assign(assignment, inner);
      inner.export(assignment.name);
    }
    const words = [node.name, ...node.args].map((item) => wordOf(item, variables));
    for (const word of words) this.#fields += word.fields.length;
    if (this.#fields > MAX_FIELDS) throw new TooMuch();
    this.#substitutions(node, variables);
    const name = words[0]?.fields[0] ?? "";
    if (runBuiltin(name, node, words, variables)) return;
    const body = this.#functions.get(name);
    if (body !== undefined) this.#call(body, words, inner);
    else {
      const conditional = this.#perhaps > 0;
      this.commands.push({ words, ...placeOf(node), ...inputsOf(node), pipedFrom, variables: inner, conditional });
    }
  }

  #call(body: SyntaxNode, words: readonly ShellWord[], variables: ShellVariables): void {
    if (this.#calls >= MAX_CALLS) throw new TooMuch();
    this.#calls += 1;
    const inner = variables.copy();
    setPositional(
      words.slice(1).flatMap((word) => word.fields),
      inner,
    );
    this.visit(body, inner);
    this.#calls -= 1;
  }

  /** Commands inside `$(…)` run, too. */
  #substitutions(node: SyntaxNode, variables: ShellVariables, depth = 0): void {
    if (depth > 50) return;
    forEachChild(node, (child) => {
      if (child.type === "Script") {
        // A script in backquotes with escapes counts its own offsets; nothing can be said about places in it.
        if (child.source === undefined) this.visit(child, variables.copy());
      } else this.#substitutions(child, variables, depth + 1);
    });
  }
}
