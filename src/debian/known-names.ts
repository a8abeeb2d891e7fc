import type { KnownNames } from "./apt-reading.ts";
import { releaseInfo } from "./mappings.ts";
import { markedRow, markedRows } from "./marked-rows.ts";
import type { Tables } from "./tables.ts";

const memory = new WeakMap<Tables, Map<string | null, KnownNames>>();

/**
 * The names of packages, virtual ones included, that the tables know of a release; of all releases if it is null, or if its
 * tables are not complete. Then what is not among them may exist all the same.
 */
export function knownNames(tables: Tables, release: string | null): KnownNames {
  const info = release === null ? null : releaseInfo(tables, release);
  const letter = info?.complete === true && !info.moving ? info.letter : null;
  const byLetter = memory.get(tables) ?? new Map<string | null, KnownNames>();
  memory.set(tables, byLetter);
  const known = byLetter.get(letter) ?? namesWith(tables, letter);
  byLetter.set(letter, known);
  return known;
}

/** The names in the release with a letter, or in any. Patterns are held against all, which takes time: once. */
function namesWith(tables: Tables, letter: string | null): KnownNames {
  let all: readonly string[] | null = null;
  return {
    has: (name) => {
      const row = markedRow(tables, "names.tsv", name);
      return row !== null && (letter === null || row.words(letter) !== null);
    },
    get all() {
      all ??= markedRows(tables, "names.tsv", "").flatMap(({ key, words }) =>
        letter === null || words(letter) !== null ? key : [],
      );
      return all;
    },
    complete: letter !== null,
  };
}
