import { matchesGlob } from "../base/glob.ts";
import { type DebianPackage, type PackageSet, packageSet } from "./packages.ts";
import type { KnownRelease } from "./release.ts";
import type { Tables } from "./tables.ts";

/** `proved`: stated or proved for that very release. `hint`: most likely, never to be installed unasked. */
export type Certainty = "proved" | "hint";

export interface SonameAnswer {
  /** The first one is the preferred one. */
  readonly packages: readonly string[];
  readonly certainty: Certainty;
  /** The release's table holds every package of `main`. */
  readonly complete: boolean;
  /** The tag of where it is known from (mappings/README.md). */
  readonly source: string;
}

export interface ReleaseInfo extends KnownRelease {
  /** The image that stands for the release. */
  readonly reference: string;
  /** What the tables do not have, `main` does not have; in a moving release, did not have when they were made. */
  readonly complete: boolean;
  readonly moving: boolean;
  /** Its letter in the tables that hold all releases. */
  readonly letter: string;
}

/** The releases that the tables know. */
export function knownReleases(tables: Tables): readonly ReleaseInfo[] {
  return (tables.rows("releases.tsv") ?? []).map(([key = "", codename = "", reference = "", state, letter = ""]) => ({
    key,
    codename,
    reference,
    complete: state !== "partial",
    moving: state === "moving",
    letter,
  }));
}

/** What is known of one release, or null. */
export function releaseInfo(tables: Tables, release: string): ReleaseInfo | null {
  return knownReleases(tables).find((one) => one.key === release) ?? null;
}

/**
 * The packages of a release that ship a soname, or null where the tables do not have it. With `complete` of
 * {@link releaseInfo} null means that `main` has no such library; without, that nothing is known.
 */
export function lookupSoname(tables: Tables, release: string, soname: string): SonameAnswer | null {
  const info = releaseInfo(tables, release);
  const table = info === null ? null : tables.keyed(`sonames/${release}.tsv`);
  if (info === null || table === null) return null;
  const row = table.exact.get(soname) ?? table.patterns.find(([pattern = ""]) => matchesGlob(pattern, soname));
  if (row === undefined) return hint(tables, release, soname);
  const [, packages = "", source = "contents"] = row;
  return { packages: packages.split("|"), certainty: certaintyOf(source), complete: info.complete, source };
}

// These two tags prove the package, but the soname is inferred and was wrong in some of a hundred tries.
export function certaintyOf(source: string): Certainty {
  return source.endsWith("+debian-pattern") || source.endsWith("+debian-name-one") ? "hint" : "proved";
}

const HINT_SOURCES: Readonly<Record<string, string>> = {
  b: "debian-bookworm",
  t: "debian-trixie",
  s: "debian-sid",
  i: "debian-interval",
  u: "ubuntu-interval",
  k: "knowledge",
};

function hint(tables: Tables, release: string, soname: string): SonameAnswer | null {
  const year = /^ubuntu-(\d\d)\.04$/.exec(release)?.[1];
  if (year === undefined) return null;
  for (const [, packages = "", releases = ""] of hintRows(tables, soname)) {
    const source = new RegExp(`(?:^|[a-z])${year}([a-z])`).exec(releases)?.[1];
    if (source === undefined) continue;
    return {
      packages: packages.split("|"),
      certainty: "hint",
      complete: false,
      source: HINT_SOURCES[source] ?? "unknown",
    };
  }
  return null;
}

/** The table is sorted by bytes and may have a soname several times: its rows lie together. */
function hintRows(tables: Tables, soname: string): readonly (readonly string[])[] {
  return (tables.rows("hints-ubuntu.tsv") ?? []).filter((row) => row[0] === soname);
}

/** The image that stands for a release, with its packages and their versions; null for an unknown release. */
export function baseImage(
  tables: Tables,
  release: string,
): { readonly reference: string; readonly packages: ReadonlyMap<string, string> } | null {
  const info = releaseInfo(tables, release);
  const rows = info === null ? null : tables.rows(`base/${release}.tsv`);
  if (info === null || rows === null) return null;
  return { reference: info.reference, packages: new Map(rows.map(([name = "", version = ""]) => [name, version])) };
}

/**
 * The packages of a base that only its table tells. What else matters of them (architecture, Provides, Multi-Arch) is
 * taken from the known package of the same name, as the builder is of the same release; where there is none, a package
 * of the native architecture that provides nothing is assumed.
 */
export function basePackages(packages: ReadonlyMap<string, string>, known: PackageSet): PackageSet {
  const made: DebianPackage[] = [];
  for (const [name, version] of packages) {
    const like = known.named(name).find((one) => one.architecture === known.architecture || one.architecture === "all");
    made.push(like === undefined ? plain(name, version, known.architecture) : { ...like, version, held: false });
  }
  return packageSet(made, known.architecture);
}

function plain(name: string, version: string, architecture: string): DebianPackage {
  return {
    key: `${name}:${architecture}`,
    name,
    architecture,
    version,
    multiArch: "no",
    essential: false,
    source: { name, version },
    provides: [],
    preDepends: [],
    depends: [],
    status: "installed",
    held: false,
    priority: null,
    section: null,
    maintainer: null,
    installedSize: null,
  };
}

/** Libraries that the host lends to the container (GPU drivers): what lends it, or null. */
export function hostProvider(tables: Tables, soname: string): string | null {
  const rows = tables.rows("host-provided.tsv") ?? [];
  const excluded = rows.some(([pattern = ""]) => pattern.startsWith("!") && matchesGlob(pattern.slice(1), soname));
  if (excluded) return null;
  return rows.find(([pattern = ""]) => matchesGlob(pattern, soname))?.[1] ?? null;
}

/** True where no package is to be named for a soname because the host provides it. */
export function isHostProvided(tables: Tables, soname: string): boolean {
  return hostProvider(tables, soname) !== null;
}

/** Whether a plugin, by its file name, is known to be one that programs go on without if it cannot be loaded. */
export function isOptionalPlugin(tables: Tables, file: string): boolean {
  return (tables.rows("optional-plugins.tsv") ?? []).some(([pattern = ""]) => matchesGlob(pattern, file));
}
