// Tables that hold all releases: `key, MARKS:words[, MARKS:words …]`, where each release has a letter of its own
// (mappings/releases.tsv) and words are joined by a pipe sign. Compressed, as their text is over a megabyte.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";

/** The rows of a compressed table; one that is not there is empty. */
export function readUnion(file) {
  return readUnionText(existsSync(file) ? brotliDecompressSync(readFileSync(file)).toString("latin1") : "");
}

/** The rows of a table: a map from key to a map from mark to words. */
export function readUnionText(text) {
  const rows = new Map();
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("# ")) continue;
    const [key, ...cells] = line.split("\t");
    const marks = new Map();
    for (const cell of cells) {
      const colon = cell.indexOf(":");
      for (const mark of cell.slice(0, colon)) marks.set(mark, cell.slice(colon + 1));
    }
    rows.set(key, marks);
  }
  return rows;
}

/** Puts the words of one release in place of what the table has for it. */
export function replaceRelease(rows, mark, words) {
  for (const [key, marks] of rows) {
    marks.delete(mark);
    if (marks.size === 0) rows.delete(key);
  }
  for (const [key, text] of words) {
    const marks = rows.get(key) ?? new Map();
    rows.set(key, marks.set(mark, text));
  }
}

/** Writes a table, sorted by bytes, compressed. */
export function writeUnion(file, head, rows) {
  const text = Buffer.from(unionText(head, rows), "latin1");
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
    [constants.BROTLI_PARAM_SIZE_HINT]: text.length,
  };
  writeFileSync(file, brotliCompressSync(text, { params }));
}

/** The text of a table, sorted by bytes. */
export function unionText(head, rows) {
  const lines = [...rows].map(([key, marks]) => [key, ...cellsOf(marks)].join("\t"));
  lines.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return [`# ${head}`, ...lines].map((line) => `${line}\n`).join("");
}

function cellsOf(marks) {
  const words = new Map();
  for (const [mark, text] of [...marks].sort()) words.set(text, (words.get(text) ?? "") + mark);
  return [...words].map(([text, letters]) => `${letters}:${text}`);
}
