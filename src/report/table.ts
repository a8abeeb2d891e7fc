import { wrapWords } from "./wrap.ts";

/** What is told, its result in a word, and how it was found. */
export type TableRow = readonly [what: string, result: string, how: string];

/** The lines of a table of three columns, the last one wrapped. */
export function tableLines(rows: readonly TableRow[], columns: number | null): string[] {
  const width = (column: 0 | 1): number => Math.max(...rows.map((row) => row[column].length));
  const indent = width(0) + width(1) + 4;
  return rows.flatMap(([what, result, how]) => {
    const head = `${what.padEnd(width(0))}  ${result.padEnd(width(1))}  `;
    const [first = "", ...rest] = wrapWords(how, columns === null ? null : columns - indent);
    return [`${head}${first}`.trimEnd(), ...rest.map((text) => " ".repeat(indent) + text)];
  });
}
