import type { Analysis } from "../analysis/model.ts";
import { textOf } from "./output.ts";

/** One name a line; nothing at all where no package is needed. */
export function listReport(analysis: Analysis): string {
  return textOf(analysis.install);
}
