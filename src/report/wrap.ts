/** Columns below which wrapped text is harder to read than text that the terminal breaks. */
const MIN_COLUMNS = 20;

/**
 * Breaks a text at its spaces into lines of at most `columns` characters. A longer word gets a line of its own and is not
 * broken. Without a width (no terminal) the text stays one line.
 */
export function wrapWords(text: string, columns: number | null): string[] {
  if (columns === null || text.length <= columns) return [text];
  const width = Math.max(columns, MIN_COLUMNS);
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** As {@link wrapWords}, with all lines but the first indented. */
export function wrapHanging(text: string, columns: number | null, indent: number): string[] {
  const [first = "", ...rest] = wrapWords(text, columns === null ? null : columns - indent);
  return [first, ...rest.map((line) => " ".repeat(indent) + line)];
}
