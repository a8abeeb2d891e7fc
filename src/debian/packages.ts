import type { DpkgFacts } from "../snapshot/snapshot.ts";
import type { Stanza } from "./control.ts";
import { type MultiArch, parseProvides, parseRelations, type Relation, type RelationGroup } from "./relations.ts";

/** A binary package, installed in an image or known from an archive's index. */
export interface DebianPackage {
  /** `name:architecture`, `name:all` for architecture-independent packages. */
  readonly key: string;
  readonly name: string;
  readonly architecture: string;
  readonly version: string;
  readonly multiArch: MultiArch;
  readonly essential: boolean;
  readonly source: { readonly name: string; readonly version: string };
  readonly provides: readonly Relation[];
  readonly preDepends: readonly RelationGroup[];
  readonly depends: readonly RelationGroup[];
  /** dpkg's third status word: installed, half-installed, unpacked, config-files …; `available` for an index. */
  readonly status: string;
  /** dpkg's first status word is `hold`. */
  readonly held: boolean;
  readonly priority: string | null;
  readonly section: string | null;
  readonly maintainer: string | null;
  /** Installed-Size, in KiB; null where it is not told. */
  readonly installedSize: number | null;
}

/** Packages, found by key, by name and by what they provide. */
export interface PackageSet {
  /** The native architecture. */
  readonly architecture: string;
  /** True where a name that is not in it does not exist (an archive's whole index, not one image's packages). */
  readonly complete: boolean;
  readonly all: ReadonlyMap<string, DebianPackage>;
  /** By name, native architecture first, then by bytes. */
  named(name: string): readonly DebianPackage[];
  /** Packages with this name in Provides, by key. */
  providing(name: string): readonly DebianPackage[];
}

/** A package whose state is not that of an installed one, and no mere leftover. */
export interface UnfinishedPackage {
  readonly key: string;
  readonly version: string;
  readonly status: string;
}

/** What dpkg's status says: what counts as installed, and what is in between. */
export interface InstalledPackages {
  readonly set: PackageSet;
  readonly unfinished: readonly UnfinishedPackage[];
  /** The first of the names that dpkg would not accept (`pkg_name_is_illegal`): it refuses a status that has one. */
  readonly invalid: readonly string[];
}

/** How many invalid names are kept; one is enough to know that the status is damaged. */
const MAX_INVALID = 5;

// dpkg(1), "Package states". With triggers pending or awaited a package is unpacked, configured and working.
const INSTALLED = new Set(["installed", "triggers-pending", "triggers-awaited"]);
// A stanza without a status (`available` here) is of none that dpkg ever saw.
const ABSENT = new Set(["not-installed", "config-files", "available"]);

/**
 * The packages of an image. Installed are those in the states installed, triggers-pending and triggers-awaited;
 * half-installed, unpacked and half-configured ones are told apart in `unfinished` (apt has to repair them first);
 * config-files is what a removed package leaves.
 */
export function readInstalled(facts: Pick<DpkgFacts, "architecture" | "packages">): InstalledPackages {
  const installed: DebianPackage[] = [];
  const unfinished: UnfinishedPackage[] = [];
  const invalid = new Set<string>();
  for (const record of facts.packages) {
    const read = readPackage(record, facts.architecture);
    if (read === null) {
      const name = record.Package?.trim();
      if (name !== undefined && !isPackageName(name) && invalid.size < MAX_INVALID) invalid.add(name);
      continue;
    }
    if (INSTALLED.has(read.status)) installed.push(read);
    else if (!ABSENT.has(read.status)) unfinished.push({ key: read.key, version: read.version, status: read.status });
  }
  unfinished.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return { set: packageSet(installed, facts.architecture), unfinished, invalid: [...invalid] };
}

/**
 * One package of a stanza, or null where it has no name or version. dpkg makes package names small (`pkg_hash_find_set`)
 * and compares the words of a field that has a list of them in any case (`namevalue_find_by_name`).
 */
export function readPackage(stanza: Stanza, native: string): DebianPackage | null {
  const word = (name: string): string | undefined => stanza[name]?.trim().toLowerCase();
  const name = word("Package") ?? "";
  const version = stanza.Version?.trim() ?? "";
  if (!isPackageName(name) || version === "") return null;
  const architecture = stanza.Architecture?.trim() || native;
  if (!/^[a-z0-9-]+$/.test(architecture)) return null;
  const words = (word("Status") ?? "").split(/\s+/);
  const concrete = architecture === "all" ? native : architecture;
  return {
    key: `${name}:${architecture}`,
    name,
    architecture,
    version,
    multiArch: multiArch(word("Multi-Arch")),
    essential: word("Essential") === "yes",
    source: source(stanza.Source, name, version),
    provides: parseProvides(stanza.Provides ?? "", concrete),
    preDepends: parseRelations(stanza["Pre-Depends"] ?? "", concrete),
    depends: parseRelations(stanza.Depends ?? "", concrete),
    status: words[2] ?? "available",
    held: words[0] === "hold",
    priority: word("Priority") ?? null,
    section: stanza.Section ?? null,
    maintainer: stanza.Maintainer ?? null,
    installedSize: kibibytes(stanza["Installed-Size"]),
  };
}

/**
 * What dpkg takes for a package name (`pkg_name_is_illegal`): an alphanumeric, then alphanumerics and `-+._`. Policy
 * §5.6.1 is stricter, but packages from elsewhere are installed all the same.
 */
export function isPackageName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9+._-]*$/.test(name);
}

/** Puts packages together; of two with one key the last counts. */
export function packageSet(
  packages: Iterable<DebianPackage>,
  architecture: string,
  options: { complete?: boolean } = {},
): PackageSet {
  const all = new Map<string, DebianPackage>();
  for (const one of packages) all.set(one.key, one);
  const names = new Map<string, DebianPackage[]>();
  const provided = new Map<string, DebianPackage[]>();
  for (const one of all.values()) {
    push(names, one.name, one);
    for (const name of new Set(one.provides.map((relation) => relation.name))) push(provided, name, one);
  }
  const rank = (one: DebianPackage): string => {
    const native = one.architecture === architecture || one.architecture === "all";
    return `${native ? 0 : 1}${one.key}`;
  };
  const order = (a: DebianPackage, b: DebianPackage): number => (rank(a) < rank(b) ? -1 : 1);
  for (const list of [...names.values(), ...provided.values()]) list.sort(order);
  return {
    architecture,
    complete: options.complete ?? false,
    all,
    named: (name) => names.get(name) ?? [],
    providing: (name) => provided.get(name) ?? [],
  };
}

function kibibytes(text = ""): number | null {
  return /^[0-9]{1,12}$/.test(text.trim()) ? Number(text) : null;
}

function push<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

function multiArch(word: string | undefined): MultiArch {
  return word === "same" || word === "foreign" || word === "allowed" ? word : "no";
}

/** `name (version)`; the version is told only where it differs from the binary package's (Policy §5.6.1). */
function source(value: string | undefined, name: string, version: string): { name: string; version: string } {
  const match = /^(\S+)(?: \(([^\s()]+)\))?$/.exec(value?.trim().replace(/\s+/g, " ") ?? "");
  return { name: match?.[1] ?? name, version: match?.[2] ?? version };
}

/** The key of a package by its bare name, as the first set that has it knows it; else that of an architecture. */
export function keyOfName(name: string, sets: readonly PackageSet[], architecture: string): string {
  const known = sets.flatMap((set) => set.named(name).slice(0, 1));
  return known[0]?.key ?? `${name}:${architecture}`;
}
