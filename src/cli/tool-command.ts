import { Command } from "commander";

/** A command line that shows a use, and what it does. */
export interface Example {
  readonly does: string;
  readonly line: string;
}

export interface ExitCode {
  readonly code: number;
  readonly means: string;
}

const SHARED_EXIT_CODES: readonly ExitCode[] = [
  { code: 2, means: "the tool could not do its work, or not all of it" },
  { code: 130, means: "interrupted" },
];

/** A command with what `--help` and the man page have below its options. */
export class ToolCommand extends Command {
  #examples: readonly Example[] = [];
  #exitCodes: readonly ExitCode[] = [];
  #exitNote = "";

  constructor(name: string) {
    super(name);
    this.addHelpText("after", () => this.ending);
  }

  get examples(): readonly Example[] {
    return this.#examples;
  }

  get exitCodes(): readonly ExitCode[] {
    return this.#exitCodes;
  }

  addExamples(...pairs: readonly (readonly [does: string, line: string])[]): this {
    this.#examples = pairs.map(([does, line]) => ({ does, line }));
    return this;
  }

  /** The codes that a command gives a meaning of its own; 2 and 130 mean the same in all. */
  addExitCodes(own: Readonly<Record<number, string>>, note = ""): this {
    const codes = Object.entries(own).map(([code, means]) => ({ code: Number(code), means }));
    this.#exitCodes = [...codes, ...SHARED_EXIT_CODES.filter(({ code }) => own[code] === undefined)];
    this.#exitNote = note;
    return this;
  }

  /** The examples and the exit codes, as text. */
  get ending(): string {
    const examples = this.#examples.map(({ does, line }) => `  # ${does}\n  ${line}\n`);
    const codes = this.#exitCodes.map(({ code, means }) => `  ${String(code).padEnd(3)}  ${means}\n`);
    return section("Examples:", examples) + section(`Exit codes${this.#exitNote}:`, codes);
  }
}

function section(heading: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : `\n${heading}\n${lines.join("")}`;
}
