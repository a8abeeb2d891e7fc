import type { Analysis } from "../analysis/model.ts";

/** Decimal megabytes, as docker shows sizes; small ones in kB. */
export function megabytes(bytes: number): string {
  return Math.abs(bytes) >= 1e6 || bytes === 0 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.round(bytes / 1000)} kB`;
}

/** `12.3 MB in 4 packages`, as far as that is known. */
export function addedText({ added }: Pick<Analysis, "added">): string {
  const count = `${added.packages.length} ${added.packages.length === 1 ? "package" : "packages"}`;
  return `${added.exact ? "" : "at least "}${megabytes(added.bytes)} in ${count}`;
}
