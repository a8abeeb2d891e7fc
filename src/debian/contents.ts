import { matchesGlob } from "../base/glob.ts";
import { certaintyOf } from "./mappings.ts";
import type { Tables } from "./tables.ts";

// What is asked of a table by package, where its rows are by soname: turned round once a table.
const memory = new WeakMap<Tables, Map<string, ReadonlyMap<string, readonly string[]>>>();

/** The public libraries that a package is known to ship in a release, sorted; empty where none is known. */
export function librariesOf(tables: Tables, release: string, name: string): readonly string[] {
  return byPackage(tables, release).get(name) ?? [];
}

/** The commands that a package is known to have; empty where none is known. */
export function commandsOf(tables: Tables, name: string): readonly string[] {
  const row = tables.keyed("commands.tsv")?.exact.get(name);
  return row?.[1]?.split("|") ?? [];
}

/** The packages that are known by hand to have a command. */
export function packagesOfCommand(tables: Tables, command: string): readonly string[] {
  const rows = tables.rows("commands.tsv") ?? [];
  return rows.flatMap(([name = "", commands = ""]) => (commands.split("|").includes(command) ? name : []));
}

/** Whether a command comes with an Essential package: every image with dpkg has it. */
export function isEssentialCommand(tables: Tables, command: string): boolean {
  return tables.keyed("essential-commands.tsv")?.exact.has(command) === true;
}

/** Whether a package is known to hold neither libraries nor commands, but what programs read. */
export function isDataPackage(tables: Tables, name: string): boolean {
  return (tables.rows("data-packages.tsv") ?? []).some(([pattern = ""]) => matchesGlob(pattern, name));
}

function byPackage(tables: Tables, release: string): ReadonlyMap<string, readonly string[]> {
  const releases = memory.get(tables) ?? new Map<string, ReadonlyMap<string, readonly string[]>>();
  memory.set(tables, releases);
  const known = releases.get(release) ?? turnRound(tables.rows(`sonames/${release}.tsv`) ?? []);
  releases.set(release, known);
  return known;
}

function turnRound(rows: readonly (readonly string[])[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const [soname = "", packages = "", source = "contents"] of rows) {
    if (certaintyOf(source) !== "proved") continue;
    for (const name of packages.split("|")) {
      const list = found.get(name);
      if (list === undefined) found.set(name, [soname]);
      else list.push(soname);
    }
  }
  return found;
}
