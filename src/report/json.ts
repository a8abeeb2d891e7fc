import type { Analysis } from "../analysis/model.ts";
import { printable } from "./names.ts";

/** The JSON contract. */
export function jsonReport(analysis: Analysis): string {
  return jsonText(analysis);
}

/** A document as JSON text; every string is valid Unicode, so that strict readers take it. */
export function jsonText(document: unknown): string {
  const replacer = (_key: string, value: unknown): unknown =>
    typeof value === "string" && !value.isWellFormed() ? printable(value) : value;
  return `${JSON.stringify(document, replacer, 2)}\n`;
}
