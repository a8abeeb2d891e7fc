import { compareNames } from "../base/names.ts";
import { librariesOf } from "./contents.ts";
import { lookupSoname, type ReleaseInfo, releaseInfo } from "./mappings.ts";
import { markedRows } from "./marked-rows.ts";
import { releasesWithName } from "./names.ts";
import { relativesOf } from "./soname-family.ts";
import type { Tables } from "./tables.ts";
import { compareVersions } from "./version.ts";

/**
 * Packages of a release that have taken the place of one of another release, best first: those with the same libraries
 * (libddsc0debian, libddsc0t64), those with other versions of its libraries (libssl1.1, libssl3t64), and those whose names
 * differ in version numbers alone (python3.11, python3.13).
 */
export function successorsOf(tables: Tables, release: string, name: string): readonly string[] {
  const info = releaseInfo(tables, release);
  if (info === null) return [];
  // The newest Debian release first; Ubuntu's tables are not complete.
  const releases = [...releasesWithName(tables, name)].sort((a, b) => compareNames(b.letter, a.letter));
  releases.sort((a, b) => Number(b.complete) - Number(a.complete));
  const sonames = firstOf(releases, ({ key }) => librariesOf(tables, key, name));
  const same = sonames.flatMap((soname) => proved(tables, release, soname));
  const newest = sonames.flatMap((soname) => relativesOf(tables, release, soname)[0]?.packages[0] ?? []);
  for (const packages of [same, newest]) {
    const ranked = byFrequency(packages.filter((one) => one !== name));
    if (ranked.length > 0) return ranked;
  }
  return sameButVersion(tables, info, name);
}

/**
 * Whether a name that a release does not have could be a version that is newer than the tables. Security updates bring
 * new names only for packages of which a release has several versions side by side: kernels, compilers (clang-19).
 */
export function mayBeNewer(tables: Tables, release: string, name: string): boolean {
  const info = releaseInfo(tables, release);
  const [newest, second] = info === null ? [] : sameButVersion(tables, info, name);
  if (newest === undefined || second === undefined) return false;
  return compareVersions(numbersOf(name), numbersOf(newest)) > 0;
}

/** Packages of a release whose names have other numbers, newest first. */
function sameButVersion(tables: Tables, { letter }: ReleaseInfo, name: string): string[] {
  const prefix = /^[^0-9]*/.exec(name)?.[0] ?? "";
  if (prefix.length < MIN_PREFIX || prefix === name) return [];
  return markedRows(tables, "names.tsv", prefix)
    .filter(({ key, words }) => key !== name && words(letter)?.length === 0 && shapeOf(key) === shapeOf(name))
    .map(({ key }) => key)
    .sort((a, b) => compareVersions(numbersOf(b), numbersOf(a)) || compareNames(a, b));
}

/** Names with less before their first digit have nothing to do with each other (`lib3mf1`, `x264`). */
const MIN_PREFIX = 4;

/** `libssl3t64` is `libssl#`, `php8.4-cli` is `php#.#-cli`. */
function shapeOf(name: string): string {
  return name.replace(/t64$/, "").replace(/[0-9]+/g, "#");
}

function numbersOf(name: string): string {
  return (name.replace(/t64$/, "").match(/[0-9]+/g) ?? []).join(".");
}

/** The first list that is not empty. */
function firstOf<Item, Value>(items: readonly Item[], list: (item: Item) => readonly Value[]): readonly Value[] {
  for (const item of items) {
    const found = list(item);
    if (found.length > 0) return found;
  }
  return [];
}

function proved(tables: Tables, release: string, soname: string): readonly string[] {
  const answer = lookupSoname(tables, release, soname);
  return answer?.certainty === "proved" ? answer.packages.slice(0, 1) : [];
}

function byFrequency(names: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || compareNames(a[0], b[0])).map(([name]) => name);
}
