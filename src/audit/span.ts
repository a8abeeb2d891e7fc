import type { ParsedDockerfile } from "../dockerfile/parse.ts";
import type { Stage } from "../dockerfile/plan.ts";
import type { Span } from "./finding-head.ts";

/** A range of the Dockerfile's text, half open. */
export interface Offsets {
  readonly start: number;
  readonly end: number;
}

/** Lines and columns of a range. */
export function spanOf({ text, lineOf }: ParsedDockerfile, { start, end }: Offsets): Span {
  const last = Math.max(start, end);
  // A range that ends with a line break would end in a line of its own.
  const endLine = lineOf(Math.max(start, last - 1));
  return { line: lineOf(start), column: columnOf(text, start), endLine, endColumn: columnOf(text, last) };
}

function columnOf(text: string, offset: number): number {
  const begin = offset === 0 ? 0 : text.lastIndexOf("\n", offset - 1) + 1;
  // A byte order mark is no column.
  return offset - begin + (begin === 0 && text.startsWith("\uFEFF") ? 0 : 1);
}

/** The instruction that begins in a line, or null. */
export function instructionAt({ instructions }: ParsedDockerfile, line: number): Offsets | null {
  return instructions.find((instruction) => instruction.line === line) ?? null;
}

/** The FROM of a stage; of the last one where there is no stage. */
export function fromSpan(parsed: ParsedDockerfile, stage: Stage | null): Offsets {
  const last = parsed.instructions.findLast(({ keyword }) => keyword === "FROM");
  return (stage === null ? null : instructionAt(parsed, stage.line)) ?? last ?? { start: 0, end: 0 };
}
