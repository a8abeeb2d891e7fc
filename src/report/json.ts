import type { Analysis } from "../analysis/model.ts";
import { hintText } from "./missing-hints.ts";
import { printable } from "./names.ts";

/** The JSON contract. */
export function jsonReport(analysis: Analysis): string {
  return jsonText(analysisDocument(analysis));
}

/** An analysis as the contract has it: hints in words. */
export function analysisDocument(analysis: Analysis): object {
  return { ...analysis, missing: analysis.missing.map((item) => ({ ...item, hint: hintText(item.hint) })) };
}

/** A document as JSON; every string is valid Unicode, so that strict readers take it. */
export function jsonText(document: object): string {
  const replacer = (_key: string, value: unknown): unknown =>
    typeof value === "string" && !value.isWellFormed() ? printable(value) : value;
  return `${JSON.stringify(document, replacer, 2)}\n`;
}
