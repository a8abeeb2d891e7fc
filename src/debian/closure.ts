import { compareNames } from "../base/names.ts";
import type { DebianPackage } from "./packages.ts";
import type { RelationGroup } from "./relations.ts";
import { type GroupMeaning, meaningOf, type World } from "./resolve.ts";

/** One step of a closure: a package's dependency makes apt install another. */
export interface DependencyEdge {
  readonly from: string;
  readonly to: string;
  readonly field: "Pre-Depends" | "Depends";
  /** The group as the field has it. */
  readonly relation: string;
}

/** What apt installs for a line, whatever choices it makes. */
export interface Closure {
  /** The line itself and everything that must come with it. */
  readonly must: ReadonlySet<string>;
  /** All that might come with it, as far as it is known. */
  readonly may: ReadonlySet<string>;
  /** Those of `must` that the base has in an older version. */
  readonly upgrades: ReadonlySet<string>;
  /** Packages that would have to be upgraded and are on hold: apt refuses the line. */
  readonly held: ReadonlySet<string>;
  readonly edges: readonly DependencyEdge[];
}

/**
 * The packages that `apt-get install --no-install-recommends LINE` installs on the base whatever apt chooses: a least
 * fixpoint over Pre-Depends and Depends (apt's `MarkInstall` in apt-pkg/depcache.cc, and its newer solver).
 *
 * - A group that the base or another member of the line satisfies adds nothing (apt marks the whole line first).
 * - Of an unsatisfied group apt takes the first alternative that it can install; a package already installed in too old
 *   a version goes before new ones. Where an alternative is not in the data of an incomplete set, or a name is virtual,
 *   the choice is unknown.
 * - Apt works depth first, so a group may find itself satisfied by what another group brought in. Therefore the
 *   over-estimate `may` is made first, and an alternative is forced only where nothing else in `may` would do.
 * - Where the choice is unknown only what every choice yields counts.
 */
export function closureOf(line: Iterable<string>, world: World): Closure {
  const members = new Set(line);
  const context = contextOf(members, world);
  const must = new Set(members);
  const log: Log = { edges: [], held: new Set() };
  spread([...members].sort(compareNames), must, context, log);
  const upgrades = new Set([...must].filter((key) => !members.has(key) && world.base.all.has(key)));
  return { must, may: context.may, upgrades, held: log.held, edges: log.edges };
}

/** All that one of these packages could bring in if nothing else were in the line. */
export function reachableFrom(packages: Iterable<string>, world: World): ReadonlySet<string> {
  const reached = new Set<string>();
  const queue = [...packages];
  const seen = new Set(queue);
  for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
    for (const { meaning } of openGroups(key, world, new Set())) {
      for (const option of meaning.options) {
        reached.add(option.key);
        if (seen.has(option.key)) continue;
        seen.add(option.key);
        queue.push(option.key);
      }
    }
  }
  return reached;
}

interface Context {
  readonly world: World;
  readonly line: ReadonlySet<string>;
  readonly may: ReadonlySet<string>;
  /** Something unknown may be installed, which could satisfy one of several alternatives. */
  readonly tainted: boolean;
  /** True while one of several choices is tried: a choice within a choice counts as yielding nothing. */
  readonly trying: boolean;
}

interface Log {
  readonly edges: DependencyEdge[];
  readonly held: Set<string>;
}

/** Over-estimates what might be installed: every choice of every group that base and line leave open. */
function contextOf(line: ReadonlySet<string>, world: World): Context {
  const may = new Set(line);
  const queue = [...line];
  let tainted = false;
  for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
    for (const { meaning } of openGroups(key, world, line)) {
      tainted ||= !meaning.complete;
      for (const option of meaning.options) {
        if (may.has(option.key)) continue;
        may.add(option.key);
        queue.push(option.key);
      }
    }
  }
  return { world, line, may, tainted, trying: false };
}

interface OpenGroup {
  readonly meaning: GroupMeaning;
  readonly field: DependencyEdge["field"];
  readonly text: string;
  /** The group has one alternative only. */
  readonly single: boolean;
}

/**
 * The groups of a package that neither the base nor the line satisfies, nor what an earlier group of the same field
 * brings in any case: apt follows a field from left to right, and marks all of one group before it looks at the next.
 */
function openGroups(key: string, world: World, line: ReadonlySet<string>): OpenGroup[] {
  const open: OpenGroup[] = [];
  for (const groups of openInBase(key, world)) {
    const forced = new Set<string>();
    for (const group of groups) {
      const { options, complete, satisfiers } = group.meaning;
      if (satisfiers.some((one) => line.has(one.key) || forced.has(one.key))) continue;
      open.push(group);
      const [only] = options;
      if (only !== undefined && group.single && complete && satisfiers.length === 1) forced.add(only.key);
    }
  }
  return open;
}

// Closures of lines that differ in one package ask for the same again and again.
const memory = new WeakMap<World, Map<string, readonly (readonly OpenGroup[])[]>>();

/** The groups of each field of a package that the base does not satisfy. */
function openInBase(key: string, world: World): readonly (readonly OpenGroup[])[] {
  const known = memory.get(world) ?? new Map<string, readonly (readonly OpenGroup[])[]>();
  memory.set(world, known);
  let fields = known.get(key);
  if (fields === undefined) {
    const owner = world.known.all.get(key);
    const requester = { architecture: owner?.architecture ?? "", native: world.known.architecture };
    const groupsOf = (field: DependencyEdge["field"], groups: readonly RelationGroup[] = []): readonly OpenGroup[] =>
      groups
        .map((group) => ({ group, meaning: meaningOf(group, requester, world) }))
        .filter(({ meaning }) => !meaning.satisfiedByBase)
        .map(({ group, meaning }) => {
          return { meaning, field, text: group.text, single: group.alternatives.length === 1 };
        });
    fields = [groupsOf("Pre-Depends", owner?.preDepends), groupsOf("Depends", owner?.depends)];
    known.set(key, fields);
  }
  return fields;
}

/** Adds to `must` all that follows from the packages given. */
function spread(start: readonly string[], must: Set<string>, context: Context, log: Log): void {
  const queue = [...start];
  for (let at = 0; at < queue.length; at++) {
    const key = queue[at] ?? "";
    for (const group of openGroups(key, context.world, context.line)) {
      for (const target of yieldOf(group, must, context)) {
        if (context.world.base.all.get(target)?.held === true) {
          log.held.add(target);
          continue;
        }
        log.edges.push({ from: key, to: target, field: group.field, relation: group.text });
        if (must.has(target)) continue;
        must.add(target);
        queue.push(target);
      }
    }
  }
}

/** What a group yields in any case. */
function yieldOf(group: OpenGroup, must: ReadonlySet<string>, context: Context): string[] {
  const { options, complete, satisfiers } = group.meaning;
  const [first] = options;
  if (first === undefined || !complete || (context.tainted && !group.single)) return [];
  const rivals = satisfiers.filter((one) => context.may.has(one.key) && !options.includes(one));
  if (options.length === 1 && rivals.length === 0) return [first.key];
  return context.trying ? [] : common([...options, ...rivals], must, context);
}

/** What every one of several choices yields. */
function common(choices: readonly DebianPackage[], must: ReadonlySet<string>, context: Context): string[] {
  const known = choices.filter((choice) => must.has(choice.key));
  if (known.length > 0) return [];
  let shared: Set<string> | null = null;
  for (const choice of choices) {
    const reached = new Set([choice.key]);
    spread([choice.key], reached, { ...context, trying: true }, { edges: [], held: new Set() });
    shared = shared === null ? reached : intersect(shared, reached);
    if (shared.size === 0) break;
  }
  return [...(shared ?? [])].sort(compareNames);
}

function intersect(one: ReadonlySet<string>, other: ReadonlySet<string>): Set<string> {
  return new Set([...one].filter((key) => other.has(key)));
}
