import { MsbDepsError } from "../base/errors.ts";
import { readDirectives } from "./directives.ts";
import { type Flag, takeFlags } from "./flags.ts";
import { type Heredoc, heredocMarks, readHeredocs } from "./heredoc.ts";
import {
  isComment,
  joinLines,
  type LogicalLine,
  lineOf,
  physicalLines,
  type SourceLine,
  syntaxError,
} from "./lines.ts";
import { type MappedText, sliceMapped, sourceRange, trimMapped } from "./mapped-text.ts";
import type { Place } from "./plan.ts";
import { jsonStrings } from "./words.ts";

/** A Dockerfile, split into its instructions; nothing is expanded yet. */
export interface ParsedDockerfile {
  /** The text that was parsed, byte order mark and all: offsets count in it. */
  readonly text: string;
  readonly escape: "\\" | "`";
  /** The frontend image of `# syntax=`, or null. */
  readonly syntax: string | null;
  readonly instructions: readonly ParsedInstruction[];
  /** The line of an offset, from 1. */
  readonly lineOf: (offset: number) => number;
}

/** An instruction with its place in the source. */
export interface ParsedInstruction extends Place {
  /** In capitals. */
  readonly keyword: string;
  readonly flags: readonly Flag[];
  /** What follows keyword and flags, joined as Docker joins it. */
  readonly args: MappedText;
  /** The strings of `args` in JSON form, where it is that. */
  readonly json: readonly string[] | null;
  readonly heredocs: readonly Heredoc[];
  /** The instruction behind ONBUILD. */
  readonly trigger: ParsedInstruction | null;
}

/** The place of an instruction without its contents. */
export function placeOf({ line, endLine, start, end }: ParsedInstruction): Place {
  return { line, endLine, start, end };
}

const KEYWORDS: ReadonlySet<string> = new Set(
  [
    "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER",
    "VOLUME WORKDIR",
  ].flatMap((names) => names.split(" ")),
);

// Nobody writes this many; work on stages grows with their square.
const MAX_STAGES = 1_000;

const WITH_HEREDOCS: ReadonlySet<string> = new Set(["ADD", "COPY", "RUN"]);
const WITH_JSON: ReadonlySet<string> = new Set(["ADD", "CMD", "COPY", "ENTRYPOINT", "HEALTHCHECK", "RUN", "SHELL"]);

/**
 * Splits a Dockerfile into instructions by the rules of BuildKit's own parser (frontend/dockerfile/parser): parser
 * directives, continuations with comments and blank lines in between, flags, JSON forms, here-documents, ONBUILD.
 *
 * @throws MsbDepsError `dockerfile-empty` or `dockerfile-syntax`
 */
export function parseDockerfile(text: string): ParsedDockerfile {
  const lines = physicalLines(text);
  const directives = readDirectives(lines);
  const instructions: ParsedInstruction[] = [];
  let index = 0;
  while (index < lines.length) {
    const line = lines[index];
    if (line === undefined) break;
    if (line.text.trim() === "" || isComment(line.text)) {
      index += 1;
      continue;
    }
    const { instruction, next } = readInstruction(lines, joinLines(lines, index, directives.escape));
    if (instruction !== null) instructions.push(instruction);
    index = next;
  }
  checkOrder(instructions);
  return { text, ...directives, instructions, lineOf: (offset) => lineOf(lines, offset) };
}

function readInstruction(
  lines: readonly SourceLine[],
  logical: LogicalLine,
): { instruction: ParsedInstruction | null; next: number } {
  const mapped = trimMapped(logical.mapped);
  // A continuation character with nothing around it is an empty line.
  if (mapped.text === "") return { instruction: null, next: logical.next };
  const head = readHead(mapped, logical.first + 1);
  const bearer = head.trigger ?? head;
  const marks = WITH_HEREDOCS.has(bearer.keyword) && bearer.json === null ? heredocMarks(mapped.text) : [];
  const { heredocs, next } = readHeredocs(lines, logical, marks);
  const last = lines[next - 1];
  const { start } = sourceRange(mapped, 0, 1);
  const end = last === undefined ? start : last.start + last.text.length;
  const place = { line: logical.first + 1, endLine: next, start, end };
  const trigger = head.trigger === null ? null : { ...head.trigger, ...place, heredocs };
  return { instruction: { ...head, ...place, heredocs: trigger === null ? heredocs : [], trigger }, next };
}

/** Keyword, flags and arguments of a joined instruction; the place is filled in by the caller. */
function readHead(mapped: MappedText, line: number, inner = false): ParsedInstruction {
  const keyword = /^\S*/.exec(mapped.text)?.[0] ?? "";
  const name = keyword.toUpperCase();
  if (!KEYWORDS.has(name)) throw syntaxError(line, `unknown instruction ${JSON.stringify(keyword.slice(0, 60))}`);
  const { flags, rest } = takeFlags(sliceMapped(mapped, keyword.length, mapped.text.length));
  // HEALTHCHECK has its array behind the word CMD.
  const array = name === "HEALTHCHECK" ? rest.text.replace(/^cmd\s+/i, "") : rest.text;
  const json = WITH_JSON.has(name) ? jsonStrings(array) : null;
  if (name === "ONBUILD" && inner) throw syntaxError(line, "ONBUILD cannot hold another ONBUILD");
  const trigger = name === "ONBUILD" && rest.text !== "" ? readHead(rest, line, true) : null;
  return { keyword: name, line, endLine: line, start: 0, end: 0, flags, args: rest, json, heredocs: [], trigger };
}

/** Only ARG may stand before the first FROM, and there has to be one (instructions/parse.go, Parse). */
function checkOrder(instructions: readonly ParsedInstruction[]): void {
  const first = instructions[0];
  if (first === undefined) {
    throw new MsbDepsError("dockerfile-empty", "the Dockerfile is empty: it has no instruction.", {
      hint: "Give a Dockerfile with at least one FROM.",
    });
  }
  const stray = instructions.find((instruction) => instruction.keyword !== "ARG");
  if (stray === undefined) throw syntaxError(first.line, "there is no FROM in the file");
  const stages = instructions.filter((instruction) => instruction.keyword === "FROM");
  const surplus = stages[MAX_STAGES];
  if (surplus !== undefined) throw syntaxError(surplus.line, `the file has more than ${MAX_STAGES} stages`);
  if (stray.keyword !== "FROM") throw syntaxError(stray.line, `${stray.keyword} stands before the first FROM`);
}
