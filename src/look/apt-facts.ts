import { readStanzas, type Stanza } from "../debian/control.ts";

const KEPT = ["Package", "Architecture", "Version", "Multi-Arch", "Source", "Provides", "Pre-Depends", "Depends"];

/** The lines of `apt-cache dumpavail` that are of use: grep -E takes this. */
export const KEPT_LINES = `^(${KEPT.join("|")}):|^$`;

/**
 * The stanzas of some packages and of all that could come with them: every alternative of every dependency, by name or
 * by what is provided. Nothing else of an archive's index matters to a closure that starts from these packages.
 */
export function reachableStanzas(text: string, start: readonly string[]): Stanza[] {
  const index = indexOf(text);
  const kept = new Map<string, Stanza>();
  const queue = [...start];
  const seen = new Set(queue);
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    for (const stanza of index.get(name) ?? []) {
      const key = `${stanza.Package}:${stanza.Architecture}`;
      if (kept.has(key)) continue;
      kept.set(key, stanza);
      for (const next of namesIn(`${stanza["Pre-Depends"] ?? ""},${stanza.Depends ?? ""}`)) {
        if (!seen.has(next)) queue.push(next);
        seen.add(next);
      }
    }
  }
  return [...kept].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, stanza]) => stanza);
}

/** By name and by every name that is provided. */
function indexOf(text: string): Map<string, Stanza[]> {
  const index = new Map<string, Stanza[]>();
  for (const stanza of readStanzas(text, KEPT)) {
    if (stanza.Package === undefined || stanza.Version === undefined) continue;
    for (const name of new Set([stanza.Package, ...namesIn(stanza.Provides ?? "")])) {
      const list = index.get(name);
      if (list === undefined) index.set(name, [stanza]);
      else list.push(stanza);
    }
  }
  return index;
}

/** The package names of a relation field (Debian Policy §7.1). */
function namesIn(field: string): string[] {
  return field.split(/[,|]/).flatMap((part) => /^\s*([A-Za-z0-9][A-Za-z0-9+._-]*)/.exec(part)?.[1] ?? []);
}
