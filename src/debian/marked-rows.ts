import type { Tables } from "./tables.ts";

/**
 * A row of a table that holds all releases: a key, then cells `LETTERS:words`, where each release has its letter
 * (mappings/releases.tsv) and the words are joined by a pipe sign.
 */
export interface MarkedRow {
  readonly key: string;
  /** The words for the release with a letter; null if the row has none for it. */
  words(letter: string): readonly string[] | null;
}

/** The row with a key, or null. */
export function markedRow(tables: Tables, table: string, key: string): MarkedRow | null {
  const [row] = markedRows(tables, table, `${key}\t`);
  return row ?? null;
}

/** The rows whose keys begin with a prefix. */
export function markedRows(tables: Tables, table: string, prefix: string): MarkedRow[] {
  return [...tables.startingWith(table, prefix)].map(([key = "", ...cells]) => ({
    key,
    words: (letter) => {
      const cell = cells.find((one) => one.slice(0, one.indexOf(":")).includes(letter));
      if (cell === undefined) return null;
      const words = cell.slice(cell.indexOf(":") + 1);
      return words === "" ? [] : words.split("|");
    },
  }));
}
