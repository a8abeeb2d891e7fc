import type { DebianPackage, PackageSet } from "./packages.ts";
import { type Relation, type RelationGroup, type Requester, satisfies, satisfiesByName } from "./relations.ts";
import { compareVersions } from "./version.ts";

/** What apt knows when it takes a line: what is installed, and what could be. */
export interface World {
  /** The packages of the runtime base. */
  readonly base: PackageSet;
  /** Packages as the runtime would install them: those of the builder, or of an archive's whole index. */
  readonly known: PackageSet;
}

/** What a dependency group means in a world. */
export interface GroupMeaning {
  readonly satisfiedByBase: boolean;
  /** Packages that apt could take, in its order; one means that it has no choice. */
  readonly options: readonly DebianPackage[];
  /** False where apt could take something that is not in the data. */
  readonly complete: boolean;
  /** All known packages that satisfy the group, whether apt would take them by itself or not. */
  readonly satisfiers: readonly DebianPackage[];
}

/** More providers of one name than this count as unknown: a bound on hostile data, Debian's longest lists are shorter. */
const MAX_PROVIDERS = 400;

// A group belongs to one package, so it always means the same in one world; closures ask for it again and again.
const memory = new WeakMap<World, WeakMap<RelationGroup, GroupMeaning>>();

/** What a group of one package means: whether the base satisfies it, and what apt could take if not. */
export function meaningOf(group: RelationGroup, requester: Requester, world: World): GroupMeaning {
  let known = memory.get(world);
  if (known === undefined) {
    known = new WeakMap();
    memory.set(world, known);
  }
  let meaning = known.get(group);
  if (meaning === undefined) {
    const satisfied = group.alternatives.some((relation) => baseSatisfies(relation, requester, world));
    meaning = { satisfiedByBase: satisfied, ...optionsOf(group, requester, world) };
    known.set(group, meaning);
  }
  return meaning;
}

/**
 * Whether the base satisfies a relation. A base package that is newer than the known one, where the known one would do,
 * counts as satisfying: by then the dependent package has moved on as well (`= version` among packages of one source),
 * and what apt would do in that skew is not known.
 */
function baseSatisfies(relation: Relation, requester: Requester, world: World): boolean {
  for (const one of world.base.named(relation.name)) {
    if (satisfiesByName(one, relation, requester)) return true;
    const known = world.known.all.get(one.key);
    if (known === undefined || compareVersions(one.version, known.version) <= 0) continue;
    if (satisfiesByName(known, relation, requester)) return true;
  }
  return world.base.providing(relation.name).some((one) => satisfies(one, relation, requester));
}

/** apt's choices: the alternatives up to the first one that it can surely install. */
function optionsOf(group: RelationGroup, requester: Requester, world: World): Omit<GroupMeaning, "satisfiedByBase"> {
  const taken: DebianPackage[] = [];
  const satisfiers: DebianPackage[] = [];
  let complete = true;
  let settled = false;
  for (const relation of group.alternatives) {
    const found = candidatesOf(relation, requester, world.known);
    satisfiers.push(...found.satisfiers);
    // apt puts packages that only have to be upgraded before new ones, whatever their place in the group
    // (getAllPossibleSolutions in apt-pkg/depcache.cc); older versions of apt do not.
    const upgrades = found.satisfiers.filter((one) => world.base.all.has(one.key));
    taken.push(...(settled ? upgrades : [...found.first, ...upgrades]));
    if (settled) continue;
    complete &&= found.complete;
    settled = found.complete && found.first.length > 0;
  }
  return { options: [...new Set(taken)], complete, satisfiers: [...new Set(satisfiers)] };
}

interface Candidates {
  /** Those that apt looks at first. */
  readonly first: readonly DebianPackage[];
  readonly complete: boolean;
  readonly satisfiers: readonly DebianPackage[];
}

/**
 * The known packages for one alternative. A real package of the name goes before those that provide it
 * (`CompareProviders` in apt-pkg/upgrade.cc: "Prefer packages in the same group as the target"); among several
 * providers the choice hangs on priorities and archives, so all of them count. In an incomplete set a name without a
 * fitting real package may have one in the archive, or providers that nobody has seen.
 */
function candidatesOf(relation: Relation, requester: Requester, known: PackageSet): Candidates {
  const real = known.named(relation.name).filter((one) => satisfiesByName(one, relation, requester));
  const providers = known.providing(relation.name);
  const crowded = providers.length > MAX_PROVIDERS;
  const providing = crowded
    ? []
    : providers.filter((one) => !real.includes(one) && satisfies(one, relation, requester));
  const satisfiers = [...real, ...providing];
  if (real.length === 0) return { first: providing, complete: known.complete && !crowded, satisfiers };
  const own = real.filter((one) => one.architecture === "all" || one.architecture === wanted(relation, requester));
  if (own.length === 0 || isOpenToOthers(relation, requester, real)) {
    return { first: real, complete: known.complete, satisfiers };
  }
  return { first: own, complete: true, satisfiers };
}

/** A foreign package's need that a package of another architecture may fill: which one apt takes is not known. */
function isOpenToOthers(relation: Relation, requester: Requester, real: readonly DebianPackage[]): boolean {
  if (wanted(relation, requester) === requester.native) return false;
  return real.some(
    (one) =>
      one.architecture !== "all" &&
      (relation.qualifier === "any" || (relation.qualifier === null && one.multiArch === "foreign")),
  );
}

/** The architecture that a relation means where nothing else is said. */
function wanted(relation: Relation, requester: Requester): string {
  if (relation.qualifier !== null && relation.qualifier !== "any") return relation.qualifier;
  return requester.architecture === "all" ? requester.native : requester.architecture;
}
