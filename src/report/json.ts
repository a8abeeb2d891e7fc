import type { Analysis } from "../analysis/model.ts";
import { printable } from "./names.ts";

/** The JSON contract; every string is valid Unicode, so that strict readers take it. */
export function jsonReport(analysis: Analysis): string {
  const replacer = (_key: string, value: unknown): unknown =>
    typeof value === "string" && !value.isWellFormed() ? printable(value) : value;
  return `${JSON.stringify(analysis, replacer, 2)}\n`;
}
