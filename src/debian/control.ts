/** One stanza: field name → value. Looked up case-insensitively through {@link field}. */
export type Stanza = ReadonlyMap<string, string>;

/**
 * Reads deb822 text (dpkg's status file, an archive's Packages file, one package's control file).
 *
 * deb-control(5), Debian Policy §5.1: stanzas are parted by lines of nothing but white space; a field is a name without
 * spaces, colons or control characters, a colon and a value; a line that begins with a space or a tab goes on with the
 * field before it; a line that begins with `#` is a comment. Field names are case-insensitive. Of a doubled field the
 * last one counts here. What is no field and no continuation is left out: one damaged line must not lose the rest.
 */
export function parseStanzas(text: string): Stanza[] {
  const stanzas: Stanza[] = [];
  let fields = new Map<string, string>();
  let name: string | null = null;
  for (const raw of text.split("\n")) {
    const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
    if (line.trim() === "") {
      if (fields.size > 0) stanzas.push(fields);
      fields = new Map();
      name = null;
    } else if (line.startsWith(" ") || line.startsWith("\t")) {
      if (name !== null) fields.set(name, `${fields.get(name) ?? ""}\n${line.slice(1)}`);
    } else if (!line.startsWith("#")) {
      name = fieldName(line);
      if (name !== null) fields.set(name, line.slice(line.indexOf(":") + 1).trim());
    }
  }
  if (fields.size > 0) stanzas.push(fields);
  return stanzas;
}

/** The value of a field, whatever the case of its name, or null. */
export function field(stanza: Stanza, name: string): string | null {
  return stanza.get(name.toLowerCase()) ?? null;
}

/** The stanza of a plain record, as a snapshot holds it. */
export function stanzaOf(record: Readonly<Record<string, string>>): Stanza {
  return new Map(Object.entries(record).map(([name, value]) => [name.toLowerCase(), value]));
}

function fieldName(line: string): string | null {
  const colon = line.indexOf(":");
  if (colon < 1) return null;
  const name = line.slice(0, colon);
  // US-ASCII without control characters, space and colon, and not beginning with `-` (Policy §5.1).
  return /^[!-,.-9;-~][!-9;-~]*$/.test(name) ? name.toLowerCase() : null;
}
