import { basename } from "../base/paths.ts";
import { aptInstall, mergeInstalls, type ScriptPlace, unpacks } from "./apt-lines.ts";
import { AptTraces } from "./apt-traces.ts";
import type { Lookup } from "./expand.ts";
import { type MappedText, sliceMapped, sourceOffset, sourceRange } from "./mapped-text.ts";
import { type PackedFile, packedFiles } from "./packers.ts";
import type { ParsedInstruction } from "./parse.ts";
import type { AptInstall, AptLeftovers } from "./plan.ts";
import { commandString, exactInside, scriptOf } from "./run-script.ts";
import { shellCommands } from "./shell.ts";
import { plainWord, type ShellCommand, type ShellWord } from "./shell-command.ts";
import { ShellVariables, UNKNOWN } from "./shell-variables.ts";
import { isShellOnly } from "./shell-vocabulary.ts";
import { fieldOf, peel } from "./wrappers.ts";

/** What the commands of a RUN do, as far as packages and the loader go. */
export interface RunFacts {
  readonly aptInstalls: readonly AptInstall[];
  readonly aptLeftovers: AptLeftovers;
  readonly callsLdconfig: boolean;
  readonly installsPackages: boolean;
  readonly packed: readonly PackedFile[];
  readonly programs: readonly string[];
  readonly understood: boolean;
}

/** A program that is called, as it stands, and the line where that is done first. */
export interface ProgramCall {
  readonly program: string;
  readonly line: number;
  /** Each call of it may be left out: in a branch, behind `||` or a test. */
  readonly conditional: boolean;
  /** `command -v` or the like asks whether it is there. */
  readonly optional: boolean;
}

/** What commands call. */
export interface Calls {
  readonly calls: readonly ProgramCall[];
  /** All that they call is among these. */
  readonly certain: boolean;
  /** They read other files with `.` or `source`, which may define what is called. */
  readonly sources: boolean;
  /** They run their own arguments as a command: `exec "$@"`. */
  readonly runsArguments: boolean;
  readonly unknown: readonly string[];
}

/** What a command finds around it. */
export interface ShellContext {
  /** The line of an offset in the Dockerfile. */
  readonly lineOf: (offset: number) => number;
  /** ARG and ENV at that point. */
  readonly lookup: Lookup;
  /** The words of SHELL. */
  readonly shell: readonly string[];
  /** The text of a file as the stage has it at that point, or null. */
  readonly fileText: (path: string) => string | null;
}

const SHELLS: ReadonlySet<string> = new Set(["ash", "bash", "busybox", "dash", "ksh", "sh", "zsh"]);
/** Stands in a value for the arguments that a script file is called with. */
export const ARGUMENTS = "\uFFFE";
const MAX_NESTING = 10;

/** Reads commands one after the other, and those inside them, and notes what matters of each. */
export class CommandReader {
  readonly #context: ShellContext;
  readonly #installs: AptInstall[] = [];
  readonly #traces = new AptTraces();
  readonly #programs = new Map<string, { readonly line: number; conditional: boolean }>();
  readonly #lookedFor = new Set<string>();
  #sources = false;
  #runsArguments = false;
  #ldconfig = false;
  #unpacks = false;
  #understood = true;
  #certain = true;
  readonly #unknown: string[] = [];
  readonly #packed: PackedFile[] = [];

  constructor(context: ShellContext) {
    this.#context = context;
  }

  facts(): RunFacts {
    return {
      aptInstalls: mergeInstalls(this.#installs),
      aptLeftovers: this.#traces.leftovers(),
      callsLdconfig: this.#ldconfig,
      installsPackages: this.#unpacks,
      packed: this.#packed,
      programs: [...this.#programs.keys()],
      understood: this.#understood,
    };
  }

  /** What was called so far. `unknown`: the words, as they stand, of programs that are not known. */
  calls(): Calls {
    const calls = [...this.#programs].map(([program, { line, conditional }]) => ({
      ...{ program, line, conditional },
      optional: this.#lookedFor.has(program),
    }));
    const [certain, sources, runsArguments] = [this.#certain, this.#sources, this.#runsArguments];
    return { calls, certain, sources, runsArguments, unknown: this.#unknown };
  }

  readFile(text: string): void {
    const { lineOf, lookup, shell } = this.#context;
    const script = { text, pieces: [{ at: 0, source: 0 }] };
    const isBash = !["ash", "dash", "sh"].includes(shell[0] ?? "");
    const place = { lineOf, script, range: null, conditional: false, fileText: () => null };
    this.#readScript(place, new ShellVariables(lookup, isBash), 0);
  }

  readInstruction(instruction: ParsedInstruction, json: readonly string[] | null): void {
    const { args } = instruction;
    if (json !== null) {
      this.#readArguments(json, args);
      return;
    }
    const name = basename(this.#context.shell[0] ?? "");
    const { script, interpreter } = scriptOf(instruction);
    const shell = interpreter ?? name;
    if (!SHELLS.has(shell)) {
      this.#understood = false;
      return;
    }
    const variables = new ShellVariables(this.#context.lookup, shell !== "sh" && shell !== "dash");
    const { lineOf } = this.#context;
    this.#readScript(
      { lineOf, script, range: null, conditional: false, fileText: this.#fileText(script) },
      variables,
      0,
    );
  }

  /** The JSON form: one command, no shell around it. */
  #readArguments(json: readonly string[], args: MappedText): void {
    const range = sourceRange(args, 0, args.text.length);
    const words = json.map(plainWord);
    const variables = new ShellVariables(this.#context.lookup, true);
    const command: ShellCommand = {
      words,
      start: 0,
      end: 0,
      heredocs: [],
      inputs: [],
      pipedFrom: null,
      variables,
      conditional: false,
    };
    const { lineOf } = this.#context;
    this.#readCommand(command, { lineOf, script: args, range, conditional: false, fileText: () => null }, 0);
  }

  /** Files that the script has not touched before it reads them, nor left the folder that it began in. */
  #fileText({ text }: MappedText): ScriptPlace["fileText"] {
    return (path, at) => {
      const before = text.slice(0, at);
      if (before.includes(basename(path)) || (!path.startsWith("/") && /\b(?:cd|pushd)\b/.test(before))) return null;
      return this.#context.fileText(path);
    };
  }

  #readScript(place: ScriptPlace, variables: ShellVariables, depth: number): void {
    const commands = depth > MAX_NESTING ? null : shellCommands(place.script.text, variables);
    if (commands === null) {
      this.#understood = false;
      this.#certain = false;
      return;
    }
    for (const command of commands) this.#readCommand(command, place, depth);
  }

  #readCommand(command: ShellCommand, place: ScriptPlace, depth: number): void {
    const peeled = peel(command.words);
    const program = fieldOf(peeled.words[0]);
    for (const name of [...peeled.wrappers, program]) {
      if (isNamed(name) && !isShellOnly(name)) this.#call(name, command, place);
    }
    for (const name of lookedFor(command.words)) this.#lookedFor.add(name);
    const name = basename(program);
    if (program.includes(UNKNOWN)) {
      this.#understood = false;
      this.#unknown.push(peeled.words[0]?.text ?? "");
    }
    if (program === ARGUMENTS) this.#runsArguments = true;
    else if (program.includes(ARGUMENTS)) this.#certain = false;
    if (name === "." || name === "source") {
      this.#certain = false;
      this.#sources = true;
    }
    if (name === "ldconfig" && !peeled.words.some((word) => /^(-p|--print-cache)$/.test(fieldOf(word))))
      this.#ldconfig = true;
    if (unpacks(peeled)) this.#unpacks = true;
    this.#packed.push(...packedFiles(peeled.words, lineAt(command, place)));
    const install = aptInstall(peeled, command, place);
    if (install !== null) this.#installs.push(install);
    this.#traces.see(peeled.words, command, place);
    if (SHELLS.has(name) || name === "eval" || name === "su")
      this.#readInner(name, peeled.words, command, place, depth + 1);
  }

  #call(program: string, command: ShellCommand, place: ScriptPlace): void {
    const conditional = place.conditional || command.conditional;
    const known = this.#programs.get(program);
    if (known === undefined) this.#programs.set(program, { line: lineAt(command, place), conditional });
    else known.conditional &&= conditional;
  }

  /** `sh -c '…'`, `su -c '…'`, `eval …`, `bash <<EOF`. */
  #readInner(
    name: string,
    words: readonly ShellWord[],
    command: ShellCommand,
    place: ScriptPlace,
    depth: number,
  ): void {
    const variables = name === "eval" ? command.variables : command.variables.child(name !== "sh" && name !== "dash");
    // A script in a script: what the outer one did before is not looked through.
    const inner = { ...place, conditional: place.conditional || command.conditional, fileText: () => null };
    const given = name === "eval" ? words.slice(1) : commandString(words);
    if (given.length === 0) {
      if (command.heredocs.length === 0) this.#certain = false;
      for (const { text, start } of command.heredocs) {
        const script = sliceMapped(place.script, start, start + text.length);
        this.#readScript({ ...inner, script }, variables, depth);
      }
      return;
    }
    const [word] = given;
    const exact = word !== undefined && given.length === 1 && place.range === null ? exactInside(word) : null;
    if (exact !== null) {
      const script = sliceMapped(place.script, exact.start, exact.end);
      this.#readScript({ ...inner, script }, variables, depth);
      return;
    }
    const text = given.flatMap((item) => item.fields).join(" ");
    const start = word?.start ?? 0;
    const range = place.range ?? sourceRange(place.script, start, given.at(-1)?.end ?? start);
    if (text.includes(UNKNOWN)) {
      this.#understood = false;
      this.#certain = false;
    } else this.#readScript({ ...inner, script: { text, pieces: [] }, range }, variables, depth);
  }
}

/** The names that `command -v`, `which`, `type` and `hash` look for (POSIX.1-2024, XCU command and type). */
function lookedFor(words: readonly ShellWord[]): string[] {
  const [first = "", ...others] = words.map(fieldOf);
  const isLook =
    ["which", "type", "hash"].includes(first) || (first === "command" && /^-\w*[vV]/.test(others[0] ?? ""));
  return isLook ? others.filter((word) => !word.startsWith("-")) : [];
}

/** The line of a command, or of the words that hold it. */
function lineAt({ start }: ShellCommand, { lineOf, script, range }: ScriptPlace): number {
  return lineOf(range?.start ?? sourceOffset(script, start));
}

function isNamed(program: string): boolean {
  return program !== "" && !program.includes(UNKNOWN) && !program.includes(ARGUMENTS);
}
