import { compareNames } from "../base/names.ts";
import { knownReleases, releaseInfo } from "./mappings.ts";
import { markedRow } from "./marked-rows.ts";
import { lookupName, onlyProvider } from "./names.ts";
import type { Tables } from "./tables.ts";

/**
 * The library packages of a release that a program most likely needs if it was built with a -dev package, sorted; empty if
 * none is known, or if every base image has them. For Ubuntu they are Debian's, as far as they were seen in the release.
 */
export function librariesOfDevelopment(tables: Tables, release: string, name: string): readonly string[] {
  const info = releaseInfo(tables, release);
  const provider = onlyProvider(lookupName(tables, release, name));
  const row = markedRow(tables, "development.tsv", provider ?? name);
  if (info === null || row === null) return [];
  if (info.complete) return row.words(info.letter) ?? [];
  const seen = knownReleases(tables)
    .flatMap(({ letter }) => row.words(letter) ?? [])
    .filter((library) => lookupName(tables, release, library).kind === "package");
  return [...new Set(seen)].sort(compareNames);
}
