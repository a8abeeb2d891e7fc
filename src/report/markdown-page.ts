import { printable } from "./names.ts";
import { withoutCredentials } from "./output.ts";

/** A comment of GitHub holds 65,536 characters, a job summary 1 MiB. */
const MAX_PAGE = 60_000;
/** Of one cell or sentence. */
const MAX_TEXT = 600;

/** A page of Markdown that stays small enough for a comment: rows that no longer fit are counted. */
export class Page {
  readonly lines: string[] = [];
  #length = 0;

  line(...lines: readonly string[]): void {
    for (const line of lines) {
      this.lines.push(line);
      this.#length += line.length + 1;
    }
  }

  /** A table whose cells are Markdown already. */
  table(head: readonly string[], rows: readonly (readonly string[])[]): void {
    const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
    this.line("", row(head), row(head.map(() => "---")));
    this.#some(rows.map(row), (more) => row([`… and ${more} more`, ...head.slice(1).map(() => "")]));
  }

  /** A heading and texts that are not Markdown yet. */
  list(heading: string, texts: readonly string[]): void {
    this.line("", `${heading}:`, "");
    this.#some(
      texts.map((text) => `- ${prose(text)}`),
      (more) => `- … and ${more} more`,
    );
  }

  #some(lines: readonly string[], rest: (more: number) => string): void {
    for (const [index, line] of lines.entries()) {
      if (this.#length + line.length > MAX_PAGE) {
        this.line(rest(lines.length - index));
        return;
      }
      this.line(line);
    }
  }
}

/**
 * A sentence, with every character that Markdown or HTML could take for its own as an entity. An empty comment keeps GitHub
 * from making a mention, a reference to an issue or a link out of what is left.
 */
export function prose(text: string): string {
  return entities(cut(text));
}

/** A name as code. HTML's element takes entities, which code spans of Markdown do not. */
export function code(text: string): string {
  return `<code>${entities(cut(text))}</code>`;
}

/** Lines as they stand, in a fence that none of them can end. */
export function fenced(language: string, lines: readonly string[]): string[] {
  const longest = Math.max(2, ...lines.flatMap((line) => (line.match(/`+/g) ?? []).map((run) => run.length)));
  const fence = "`".repeat(longest + 1);
  return [`${fence}${language}`, ...lines, fence];
}

function entities(text: string): string {
  return text
    .replace(/[^\p{L}\p{N} .,:;/()=+…→-]/gu, (char) => `&#${char.codePointAt(0)};`)
    .replace(/&#(?:64|35);|(?<=:)(?=\/\/)|(?<=www)(?=\.)/gi, "$&<!-- -->");
}

function cut(text: string): string {
  const clean = withoutCredentials(printable(text));
  // A character of two units is not cut in two.
  return clean.length <= MAX_TEXT ? clean : `${[...clean].slice(0, MAX_TEXT).join("")}…`;
}
