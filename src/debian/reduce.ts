import { compareNames } from "../base/names.ts";
import { type Closure, closureOf, type DependencyEdge, reachableFrom } from "./closure.ts";
import type { World } from "./resolve.ts";

/** A line brought down to what must be named. */
export interface Reduction {
  /** The keys that the line must name, sorted. */
  readonly install: readonly string[];
  /** Candidates that apt installs because of others in the line, each with those, sorted. */
  readonly implied: ReadonlyMap<string, readonly string[]>;
  /** Those of `install` that apt may install because of others too: which of its choices it takes is not known. */
  readonly perhaps: ReadonlyMap<string, readonly string[]>;
  /** Candidates that the base has, sorted. */
  readonly base: readonly string[];
  /** Those of `install` and `implied` that the base has in too old a version, sorted. */
  readonly upgrades: readonly string[];
  /** Candidates of which no dependency data is known: whether they imply others is unknown. */
  readonly unknown: readonly string[];
  /** Packages on hold in the base that the line would have to upgrade: apt refuses that. */
  readonly held: readonly string[];
  /** What apt installs for `install` whatever it chooses. */
  readonly closure: Closure;
}

/**
 * Brings a list of needed packages down to the line that has to be written.
 *
 * A candidate that the base has is taken away, unless `upgrade` says that the base's version does not do. Of the others,
 * one is taken away if apt installs it because of the rest. They are tried in descending order of their keys' bytes, so
 * that of packages which imply each other (libc6 ↔ libgcc-s1) the first by name stays; a removal stands only if
 * everything taken away so far still follows from what is left.
 */
export function reduce(
  candidates: Iterable<string>,
  world: World,
  upgrade: ReadonlySet<string> = new Set(),
): Reduction {
  const wanted = [...new Set(candidates)].sort(compareNames);
  const base = wanted.filter((key) => world.base.all.has(key) && !upgrade.has(key));
  const needed = wanted.filter((key) => !world.base.all.has(key) || upgrade.has(key));
  const line = new Set(needed);
  const gone: string[] = [];
  // A removal can open a group that the removed package satisfied, so passes go on until one changes nothing.
  for (let before = -1; before < gone.length; ) {
    before = gone.length;
    takeAway(needed, line, gone, world);
  }
  const install = needed.filter((key) => line.has(key));
  const closure = closureOf(install, world);
  const incoming = edgesBy(closure, "to");
  return {
    install,
    implied: new Map(gone.sort(compareNames).map((key) => [key, impliedBy(key, install, incoming)])),
    perhaps: perhapsImplied(install, world),
    base,
    upgrades: needed.filter((key) => world.base.all.has(key)),
    unknown: needed.filter((key) => !world.known.all.has(key)),
    held: [...closure.held, ...install.filter((key) => world.base.all.get(key)?.held === true)].sort(compareNames),
    closure,
  };
}

/** One pass over the candidates, last name first. */
function takeAway(needed: readonly string[], line: Set<string>, gone: string[], world: World): void {
  // Saves closures: what no other candidate can bring in at all is not implied.
  const reachable = reachableFrom(line, world);
  for (const key of [...needed].reverse()) {
    if (!line.has(key) || !reachable.has(key)) continue;
    line.delete(key);
    const { must } = closureOf(line, world);
    if (must.has(key) && gone.every((other) => must.has(other))) gone.push(key);
    else line.add(key);
  }
}

/** The members that others may bring, each with those; not where that is certain. */
function perhapsImplied(install: readonly string[], world: World): Map<string, readonly string[]> {
  const reachable = install.map((key) => ({ key, reaches: reachableFrom([key], world) }));
  const found = new Map<string, readonly string[]>();
  for (const key of install) {
    const others = reachable.filter((other) => other.key !== key);
    const bringers = others.filter(({ reaches }) => reaches.has(key)).map((other) => other.key);
    if (bringers.length === 0) continue;
    const { must, may } = closureOf(
      others.map((other) => other.key),
      world,
    );
    if (may.has(key) && !must.has(key)) found.set(key, bringers);
  }
  return found;
}

/** True where apt installs `key` for this line, whatever it chooses. */
export function implies(line: Iterable<string>, key: string, world: World): boolean {
  return closureOf(line, world).must.has(key);
}

/** One shortest path of dependencies from a member of the line to a package, or null; for a member of both, empty. */
export function explain(from: string, to: string, closure: Closure): readonly DependencyEdge[] | null {
  const came = new Map<string, DependencyEdge>();
  const outgoing = edgesBy(closure, "from");
  const queue = [from];
  for (let key = queue.shift(); key !== undefined && key !== to; key = queue.shift()) {
    for (const edge of outgoing.get(key) ?? []) {
      if (edge.to === from || came.has(edge.to)) continue;
      came.set(edge.to, edge);
      queue.push(edge.to);
    }
  }
  const path: DependencyEdge[] = [];
  for (let key = to; key !== from; ) {
    const edge = came.get(key);
    if (edge === undefined) return null;
    path.unshift(edge);
    key = edge.from;
  }
  return path;
}

type Edges = ReadonlyMap<string, readonly DependencyEdge[]>;

function impliedBy(key: string, install: readonly string[], incoming: Edges): string[] {
  const seen = new Set([key]);
  const queue = [key];
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    for (const { from } of incoming.get(at) ?? []) {
      if (seen.has(from)) continue;
      seen.add(from);
      queue.push(from);
    }
  }
  return install.filter((member) => seen.has(member));
}

function edgesBy({ edges }: Closure, end: "from" | "to"): Edges {
  const found = new Map<string, DependencyEdge[]>();
  for (const edge of edges) {
    const list = found.get(edge[end]);
    if (list === undefined) found.set(edge[end], [edge]);
    else list.push(edge);
  }
  return found;
}
