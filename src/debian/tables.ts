/** Reads a table of the `mappings/` folder by its name (`sonames/debian-13.tsv`), or null where there is none. */
export type ReadTable = (name: string) => string | null;

/** The tables of the `mappings/` folder, each read when it is asked for the first time. */
export interface Tables {
  rows(name: string): readonly (readonly string[])[] | null;
  /** The rows of a table by their first column; keys with `*` apart. */
  keyed(name: string): KeyedTable | null;
  /** The rows of a table whose first column begins with a prefix, without reading the others. For large tables. */
  startingWith(name: string, prefix: string): Iterable<readonly string[]>;
}

export interface KeyedTable {
  readonly exact: ReadonlyMap<string, readonly string[]>;
  readonly patterns: readonly (readonly string[])[];
}

/** Opens the tables over a function that reads their text. */
export function openTables(read: ReadTable): Tables {
  const rows = new Map<string, readonly (readonly string[])[] | null>();
  const keyed = new Map<string, KeyedTable | null>();
  const texts = new Map<string, string>();
  const tables: Tables = {
    rows: (name) => remember(rows, name, () => parse(read(name))),
    keyed: (name) => remember(keyed, name, () => index(tables.rows(name))),
    startingWith: (name, prefix) =>
      linesFrom(
        remember(texts, name, () => read(name) ?? ""),
        prefix,
      ),
  };
  return tables;
}

/** The rows of a text sorted by bytes, from the first one that begins with a prefix to the last. */
function* linesFrom(text: string, prefix: string): Iterable<readonly string[]> {
  // The start of the first line that is not before the prefix lies between low and high.
  let low = 0;
  let high = text.length;
  while (low < high) {
    const start = text.lastIndexOf("\n", ((low + high) >> 1) - 1) + 1;
    const end = endOfLine(text, start);
    // A comment line stands before all rows.
    if (text.startsWith("# ", start) || text.slice(start, end) < prefix) low = end + 1;
    else high = start;
  }
  for (let start = low; text.startsWith(prefix, start) && start < text.length; ) {
    const end = endOfLine(text, start);
    yield text.slice(start, end).split("\t");
    start = end + 1;
  }
}

function endOfLine(text: string, start: number): number {
  const end = text.indexOf("\n", start);
  return end < 0 ? text.length : end;
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
