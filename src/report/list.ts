import type { Analysis } from "../analysis/model.ts";
import { type LineText, lineWords, PLAIN_LINE } from "./line-options.ts";
import { textOf } from "./output.ts";

/** One name a line; nothing at all where no package is needed. */
export function listReport(analysis: Analysis, { line = PLAIN_LINE }: LineText = {}): string {
  return textOf(lineWords(analysis, line));
}
