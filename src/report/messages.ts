import { styleText } from "node:util";
import { MsbDepsError } from "../base/errors.ts";
import { escapeUnsafe } from "./names.ts";
import { withoutCredentials } from "./output.ts";

export type Style = "bold" | "dim" | "red" | "yellow" | "green";

/** A line of standard error in pieces. Styles are for the writer to make: escape sequences within a text are escaped. */
export type Line = string | readonly (string | { readonly style: Style; readonly text: string })[];

/** Standard error, or a stand-in for it. */
export interface MessageStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
  on?(event: "error", listener: () => void): unknown;
}

/**
 * The only way to standard error. Every text is escaped here, line by line, whoever made it: a text cannot begin a line of its
 * own, drive the terminal or show the credentials of a URL. Failed writes are ignored: there is nowhere left to report them.
 */
export class Messages {
  readonly isTerminal: boolean;
  readonly #stream: MessageStream;
  /** How many live lines stand at the end of the terminal. */
  #live = 0;

  constructor(stream: MessageStream) {
    this.#stream = stream;
    this.isTerminal = stream.isTTY === true;
    stream.on?.("error", () => {});
  }

  get columns(): number {
    return this.#stream.columns ?? 80;
  }

  /** One paragraph for a failure that we understand; the stack for one that we do not. */
  error(error: unknown): void {
    if (!(error instanceof MsbDepsError)) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.lines(["error: internal error of msb-deps; please report it", ...text.split("\n")]);
      return;
    }
    const { message, output, tried, hint } = error;
    const inline = output.length + tried.length === 0;
    this.lines([
      `error: ${message}${inline && hint !== null ? ` ${hint}` : ""}`,
      ...output.map((row) => `    ${row}`),
      ...(tried.length === 0 ? [] : ["Tried:", ...tried.map((item) => `  - ${item}`)]),
      ...(inline || hint === null ? [] : [hint]),
    ]);
  }

  warning(text: string): void {
    this.lines([`warning: ${text}`]);
  }

  info(text: string): void {
    this.lines([`info: ${text}`]);
  }

  /** Writes lines; styles count only with `color`. */
  lines(lines: readonly Line[], { color = false }: { readonly color?: boolean } = {}): void {
    const above = this.#erase();
    this.#live = 0;
    this.#stream.write(above + lines.map((line) => `${rendered(line, color)}\n`).join(""));
  }

  /** On a terminal: writes lines that stay, and below them lines that the next call puts others in the place of. */
  redraw(staying: readonly Line[], live: readonly Line[]): void {
    const erase = this.#erase();
    this.#live = live.length;
    const text = [...staying, ...live].map((line) => `${rendered(line, true)}\n`).join("");
    if (erase + text !== "") this.#stream.write(erase + text);
  }

  #erase(): string {
    return this.#live === 0 ? "" : `\u001b[${this.#live}A\u001b[0J`;
  }
}

function rendered(line: Line, color: boolean): string {
  if (typeof line === "string") return safe(line);
  return line
    .map((piece) => {
      if (typeof piece === "string") return safe(piece);
      return color ? styleText(piece.style, safe(piece.text), { validateStream: false }) : safe(piece.text);
    })
    .join("");
}

function safe(text: string): string {
  return escapeUnsafe(withoutCredentials(text));
}
