import { matchesGlob } from "../base/glob.ts";
import { compareNames } from "../base/names.ts";
import { certaintyOf, knownReleases } from "./mappings.ts";
import type { Tables } from "./tables.ts";
import { compareVersions } from "./version.ts";

// What is asked of a table by package, where its rows are by soname: turned round once a table.
const memory = new WeakMap<Tables, Map<string, ReadonlyMap<string, readonly string[]>>>();

/** The public libraries that a package is known to ship in a release, sorted; empty where none is known. */
export function librariesOf(tables: Tables, release: string, name: string): readonly string[] {
  return byPackage(tables, release).get(name) ?? [];
}

/** The releases in which a package of this name ships public libraries. */
export function releasesWithLibrary(tables: Tables, name: string): readonly string[] {
  return knownReleases(tables)
    .map(({ key }) => key)
    .filter((release) => byPackage(tables, release).has(name));
}

/**
 * What a library package of another release may be called in this one: the packages whose names differ in the version
 * of the SONAME alone (libicu72 and libicu76; Debian Policy §8.1), newest first.
 */
export function successorsOf(tables: Tables, release: string, name: string): readonly string[] {
  const { stem } = parted(name);
  if (stem === "lib" || stem === name) return [];
  return [...byPackage(tables, release).keys()]
    .filter((other) => other !== name && other.startsWith(stem) && parted(other).stem === stem)
    .sort((a, b) => compareVersions(parted(b).version, parted(a).version) || compareNames(a, b));
}

/** `libssl3t64` is libssl and 3, `libpcre2-8-0` libpcre2-8 and 0. */
function parted(name: string): { readonly stem: string; readonly version: string } {
  const bare = name.replace(/t64$/, "");
  const version = /[0-9][0-9.]*$/.exec(bare)?.[0] ?? "";
  return { stem: bare.slice(0, bare.length - version.length), version: version === "" ? "0" : version };
}

/** The commands that a package is known to have; empty where none is known. */
export function commandsOf(tables: Tables, name: string): readonly string[] {
  const row = tables.keyed("commands.tsv")?.exact.get(name);
  return row?.[1]?.split("|") ?? [];
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
