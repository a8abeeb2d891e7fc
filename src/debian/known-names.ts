import type { KnownNames } from "./apt-reading.ts";
import { releaseInfo } from "./mappings.ts";
import { markedRow, markedRows } from "./marked-rows.ts";
import type { Tables } from "./tables.ts";

/**
 * The names of packages, virtual ones included, that the tables know of a release; of all releases if it is null, or if its
 * tables are not complete. Then what is not among them may exist all the same.
 */
export function knownNames(tables: Tables, release: string | null): KnownNames {
  const info = release === null ? null : releaseInfo(tables, release);
  const letter = info?.complete === true && !info.moving ? info.letter : null;
  return {
    has: (name) => {
      const row = markedRow(tables, "names.tsv", name);
      return row !== null && (letter === null || row.words(letter) !== null);
    },
    get all() {
      const rows = markedRows(tables, "names.tsv", "");
      return rows.flatMap(({ key, words }) => (letter === null || words(letter) !== null ? key : []));
    },
    complete: letter !== null,
  };
}
