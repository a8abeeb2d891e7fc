import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";
import { printable } from "./names.ts";

/** What separates two texts of a file, as a unified diff for `patch -p0`; empty where they are the same. */
export function unifiedDiff(file: string, before: string, after: string): string {
  if (before === after) return "";
  const name = printable(file);
  return createTwoFilesPatch(name, name, before, after, undefined, undefined, {
    context: 3,
    headerOptions: FILE_HEADERS_ONLY,
  });
}
