/** Reads a table of the `mappings/` folder by its name (`sonames/debian-13.tsv`), or null where there is none. */
export type ReadTable = (name: string) => string | null;

/** The tables of the `mappings/` folder, each read when it is asked for the first time. */
export interface Tables {
  rows(name: string): readonly (readonly string[])[] | null;
  /** The rows of a table by their first column; keys with `*` apart. */
  keyed(name: string): KeyedTable | null;
}

export interface KeyedTable {
  readonly exact: ReadonlyMap<string, readonly string[]>;
  readonly patterns: readonly (readonly string[])[];
}

/** Opens the tables over a function that reads their text. */
export function openTables(read: ReadTable): Tables {
  const rows = new Map<string, readonly (readonly string[])[] | null>();
  const keyed = new Map<string, KeyedTable | null>();
  const tables: Tables = {
    rows: (name) => remember(rows, name, () => parse(read(name))),
    keyed: (name) => remember(keyed, name, () => index(tables.rows(name))),
  };
  return tables;
}

/** Plain TSV: a row a line, columns parted by tabs, lines that begin with `# ` are comments. */
function parse(text: string | null): string[][] | null {
  if (text === null) return null;
  return text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("# "))
    .map((line) => line.split("\t"));
}

function index(rows: readonly (readonly string[])[] | null): KeyedTable | null {
  if (rows === null) return null;
  const exact = new Map<string, readonly string[]>();
  const patterns: (readonly string[])[] = [];
  for (const row of rows) {
    const key = row[0] ?? "";
    if (key.includes("*")) patterns.push(row);
    else exact.set(key, row);
  }
  return { exact, patterns };
}

function remember<Value>(memory: Map<string, Value>, name: string, make: () => Value): Value {
  let value = memory.get(name);
  if (value === undefined) {
    value = make();
    memory.set(name, value);
  }
  return value;
}
