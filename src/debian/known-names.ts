import type { KnownNames } from "./apt-reading.ts";
import { knownReleases } from "./mappings.ts";
import type { Tables } from "./tables.ts";

const memory = new WeakMap<Tables, ReadonlySet<string>>();

/**
 * The names of packages that the tables know of any release: those with public libraries, and those of the official images.
 * What is not among them may exist all the same.
 */
export function knownNames(tables: Tables): KnownNames {
  const all = memory.get(tables) ?? allNames(tables);
  memory.set(tables, all);
  return { has: (name) => all.has(name), all, complete: false };
}

function allNames(tables: Tables): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { key } of knownReleases(tables)) {
    for (const [, packages = ""] of tables.rows(`sonames/${key}.tsv`) ?? [])
      for (const name of packages.split("|")) names.add(name);
    for (const [name = ""] of tables.rows(`base/${key}.tsv`) ?? []) names.add(name);
  }
  return names;
}
