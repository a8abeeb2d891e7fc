import type { Analysis } from "../analysis/model.ts";
import { hintText } from "./missing-hints.ts";
import { printable } from "./names.ts";
import { withoutCredentials } from "./output.ts";
import { tool } from "./tool.ts";

/** The JSON contract. */
export function jsonReport(analysis: Analysis): string {
  return jsonText(analysisDocument(analysis));
}

/** An analysis as the contract has it: hints in words. */
export function analysisDocument(analysis: Analysis): object {
  return {
    tool: tool(),
    ...analysis,
    missing: analysis.missing.map((item) => ({ ...item, hint: hintText(item.hint) })),
  };
}

/** Fields that hold a part of the user's Dockerfile: its own bytes matter. */
const VERBATIM: ReadonlySet<string> = new Set(["text", "diff"]);

/** A document as JSON: every string is valid Unicode, so that strict readers take it, and without credentials of URLs. */
export function jsonText(document: object): string {
  const replacer = (key: string, value: unknown): unknown => {
    if (typeof value !== "string") return value;
    const text = value.isWellFormed() ? value : printable(value);
    return VERBATIM.has(key) ? text : withoutCredentials(text);
  };
  return `${JSON.stringify(document, replacer, 2)}\n`;
}
