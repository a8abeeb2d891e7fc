import { matchesGlob } from "../base/glob.ts";
import { lookupName } from "./names.ts";
import type { Tables } from "./tables.ts";

/**
 * The package of a release that brings, or whose script makes, what programs look for at a path, by the most exact pattern of
 * the table; null if none is known.
 */
export function packageOfPath(tables: Tables, release: string, path: string): string | null {
  const rows = (tables.rows("path-packages.tsv") ?? []).filter(([pattern = ""]) => matchesGlob(pattern, path));
  const [, packages = ""] = rows.toSorted(([a = ""], [b = ""]) => b.length - a.length)[0] ?? [];
  return packages.split("|").find((name) => lookupName(tables, release, name).kind === "package") ?? null;
}
