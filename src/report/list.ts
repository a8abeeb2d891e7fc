import type { Analysis } from "../analysis/model.ts";

/** One name a line; nothing at all where no package is needed. */
export function listReport(analysis: Analysis): string {
  return analysis.install.map((word) => `${word}\n`).join("");
}
