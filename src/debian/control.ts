/** One stanza: the fields that were asked for, under the names with which they were asked for. */
export type Stanza = Readonly<Record<string, string>>;

/**
 * Reads the stanzas of deb822 text (dpkg's status file, an archive's Packages file, apt's extended_states), one after the
 * other, with some fields of each.
 *
 * deb822(5), Debian Policy §5.1: stanzas are separated by lines of white space; a line that begins with a space or a tab
 * continues the field before it; a line that begins with `#` is a comment; field names are case-insensitive. The lines of
 * a folded field are joined by spaces. If a field is repeated, the last one counts. Other lines are skipped: one damaged
 * line must not lose the rest.
 */
export function* readStanzas(text: string, fields: readonly string[]): Generator<Stanza> {
  const names = new Map(fields.map((field) => [field.toLowerCase(), field]));
  let found = new Map<string, string[]>();
  let current: string[] | undefined;
  for (const line of linesOf(text)) {
    if (/^[ \t\r]*$/.test(line)) {
      if (found.size > 0) yield stanzaOf(found);
      found = new Map();
      current = undefined;
    } else if (line.startsWith(" ") || line.startsWith("\t")) {
      current?.push(line.trim());
    } else if (!line.startsWith("#")) {
      const colon = line.indexOf(":");
      const name = colon < 1 ? undefined : names.get(line.slice(0, colon).toLowerCase());
      current = [line.slice(colon + 1).trim()];
      if (name !== undefined) found.set(name, current);
    }
  }
  if (found.size > 0) yield stanzaOf(found);
}

function stanzaOf(found: ReadonlyMap<string, readonly string[]>): Stanza {
  const values = [...found].map(([name, lines]) => [name, lines.filter((line) => line !== "").join(" ")]);
  return Object.fromEntries(values);
}

/** The lines of a text, without an array of them: a status file may have 64 MiB. */
function* linesOf(text: string): Generator<string> {
  let start = 0;
  for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
    yield text.slice(start, end);
    start = end + 1;
  }
  yield text.slice(start);
}
