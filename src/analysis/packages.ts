import { compareNames } from "../base/names.ts";
import type { Steps } from "../base/steps.ts";
import { basePackages as assumedPackages } from "../debian/mappings.ts";
import { type PackageSet, packageSet } from "../debian/packages.ts";
import { type Reduction, reduce } from "../debian/reduce.ts";
import { aptWord, parseKey } from "../debian/words.ts";
import { alternativesOf } from "./alternatives.ts";
import { isUnavailable } from "./archive.ts";
import { chainOf, isOpened } from "./chains.ts";
import type { InterpreterNeed } from "./interpreters.ts";
import type { Need } from "./library-status.ts";
import type { Package, PackageStatus, Reason } from "./model.ts";
import { isOlderInBase, nameOfProvided, type SonameLookup } from "./package-names.ts";
import type { ResolvedScene } from "./resolved.ts";
import type { RuntimeBase } from "./runtime-base.ts";
import type { Scene } from "./scene.ts";

/** A package that something needs, and why. */
interface Wanted {
  readonly sonames: Set<string>;
  readonly reasons: Map<string, Reason>;
  /** The builder's package that has the file, where its name differs. */
  builderKey: string | null;
  upgrade: boolean;
}

/** The packages of a scene, judged and reduced. */
export interface PackageAnswer {
  readonly packages: readonly Package[];
  /** The words of the apt line. */
  readonly install: readonly string[];
  readonly reduction: Reduction;
  readonly base: PackageSet;
  /** What the runtime would install, as apt there or the builders know it. */
  readonly known: PackageSet;
}

/** Gathers what is needed, takes away what the base has and what other members of the line imply. */
export function* answerPackages(
  resolved: ResolvedScene,
  runtime: RuntimeBase,
  needs: readonly Need[],
  interpreters: readonly InterpreterNeed[],
  lookup: SonameLookup,
  { explicit, direct = false }: { readonly explicit: boolean; readonly direct?: boolean },
  asked: ReadonlyMap<string, readonly Reason[]>,
): Steps<PackageAnswer> {
  const { scene } = resolved;
  const wanted = yield* gather(resolved, needs, interpreters, lookup);
  for (const [key, reasons] of asked) {
    const item = wanted.get(key) ?? { sonames: new Set(), reasons: new Map(), builderKey: null, upgrade: false };
    wanted.set(key, item);
    for (const reason of reasons) if (!item.reasons.has(reason.artifact)) item.reasons.set(reason.artifact, reason);
  }
  const known = knownPackages(scene);
  const base = basePackages(scene, runtime, known);
  const upgrades = new Set([...wanted].flatMap(([key, item]) => (item.upgrade ? [key] : [])));
  const candidates = [...wanted.keys()].filter(
    (key) => base.all.has(key) || (!scene.copyOnly && canBeNamed(key, scene)),
  );
  const reduction = reduce(candidates, { base, known }, upgrades);
  const isKept = (key: string): boolean =>
    [...(wanted.get(key)?.reasons.values() ?? [])].some(({ kind }) => kind === "kept");
  const implied = [...reduction.implied.keys()].filter((key) => explicit || isKept(key));
  const inBase = direct ? candidates.filter((key) => base.all.has(key) && isDirect(wanted.get(key))) : [];
  const listed = [...new Set([...reduction.install, ...implied, ...inBase])];
  const words = listed.map((key) => aptWord(key, scene.architecture)).filter((word) => word !== null);
  const alternatives = alternativesOf(scene);
  const packages = [...wanted]
    .sort(([a], [b]) => compareNames(a, b))
    .map(([key, item]) => {
      const { sonames } = item;
      return { ...describe(key, item, reduction, scene, known), alternatives: alternatives(key, sonames) };
    });
  return { packages, install: words.sort(compareNames), reduction, base, known };
}

/** Whether an artifact itself names what it needs of a package. */
function isDirect(item: Wanted | undefined): boolean {
  return [...(item?.reasons.values() ?? [])].some(({ kind, chain }) => kind === "needed" && chain.length === 1);
}

/** That an artifact needs a package. */
interface Want {
  readonly key: string;
  readonly builderKey: string | null;
  readonly upgrade: boolean;
  readonly soname: string | null;
  readonly reason: Reason;
}

function* gather(
  resolved: ResolvedScene,
  needs: readonly Need[],
  interpreters: readonly InterpreterNeed[],
  lookup: SonameLookup,
): Steps<Map<string, Wanted>> {
  const { scene } = resolved;
  const wanted = new Map<string, Wanted>();
  for (const need of needs) {
    yield;
    add(wanted, wantOfLibrary(need, scene, lookup));
  }
  for (const artifact of resolved.artifacts) add(wanted, wantOfLoader(artifact, resolved, lookup));
  for (const need of interpreters) add(wanted, wantOfInterpreter(need, scene));
  return wanted;
}

function add(wanted: Map<string, Wanted>, want: Want | null): void {
  if (want === null) return;
  const { key, builderKey, upgrade, soname, reason } = want;
  const item = wanted.get(key) ?? {
    sonames: new Set<string>(),
    reasons: new Map<string, Reason>(),
    builderKey,
    upgrade,
  };
  wanted.set(key, item);
  item.upgrade ||= upgrade;
  if (soname !== null) item.sonames.add(soname);
  const before = item.reasons.get(reason.artifact);
  if (before === undefined || before.chain.length > reason.chain.length) item.reasons.set(reason.artifact, reason);
}

function wantOfLibrary(need: Need, scene: Scene, lookup: SonameLookup): Want | null {
  const { path, soname } = need.result;
  const artifact = need.artifact.file.fact.path;
  const of = (key: string, upgrade: boolean): Want => {
    const reason: Reason = { artifact, kind: isOpened(need) ? "dlopen" : "needed", chain: chainOf(need) };
    return { key, builderKey: ownerInBuilder(need), upgrade, soname, reason };
  };
  if (need.status === "base" && path !== null) {
    const owner = scene.base?.ownerOf(path).package ?? null;
    return owner === null ? null : of(owner, false);
  }
  if (need.listed !== null) return of(need.listed, false);
  if (need.status !== "package" || need.provided === null) return null;
  const name = nameOfProvided(need.provided, scene, lookup);
  return "key" in name ? of(name.key, need.provided.upgrade || isOlderInBase(name.key, need.provided, scene)) : null;
}

function wantOfLoader(
  { file, resolution }: ResolvedScene["artifacts"][number],
  { scene, provision }: ResolvedScene,
  lookup: SonameLookup,
): Want | null {
  const entry = resolution.interpreter?.entry ?? null;
  const provided = entry === null ? undefined : provision.at(entry.path);
  const name = provided === undefined ? null : nameOfProvided(provided, scene, lookup);
  if (provided === undefined || name === null || !("key" in name)) return null;
  const chain = [{ soname: provided.soname, path: provided.place }];
  const reason: Reason = { artifact: file.fact.path, kind: "interpreter", chain };
  return {
    key: name.key,
    builderKey: provided.owner?.package ?? null,
    upgrade: provided.upgrade,
    soname: null,
    reason,
  };
}

function wantOfInterpreter(need: InterpreterNeed, { base }: Scene): Want | null {
  const { file, name, found, status, builderPackage } = need;
  const key = status === "base" && found !== null ? (base?.ownerOf(found).package ?? null) : need.package;
  if (key === null) return null;
  const reason: Reason = { artifact: file.fact.path, kind: "interpreter", chain: [{ soname: name, path: found }] };
  return { key, builderKey: builderPackage, upgrade: false, soname: null, reason };
}

function ownerInBuilder(need: Need): string | null {
  const path = need.builderPath?.path ?? null;
  return path === null ? null : need.artifact.builder.image.ownerOf(path).package;
}

/** What the runtime would install, as apt there or the builders know it. */
export function knownPackages(scene: Scene): PackageSet {
  if (scene.archive !== null) return scene.archive.known;
  const same = scene.builders.filter(({ crossRelease }) => !crossRelease);
  const all = same.toReversed().flatMap(({ image }) => [...image.installed.set.all.values()]);
  return packageSet(all, scene.architecture);
}

/** The packages that the runtime base has, as its dpkg or our table of it says. */
export function basePackages(
  scene: Pick<Scene, "base" | "architecture">,
  runtime: RuntimeBase,
  known: PackageSet,
): PackageSet {
  if (scene.base !== null) return scene.base.installed.set;
  if (runtime.source !== "mappings") return packageSet([], scene.architecture);
  return assumedPackages(runtime.packages, known);
}

function describe(
  key: string,
  item: Wanted,
  reduction: Reduction,
  scene: Scene,
  known: PackageSet,
): Omit<Package, "alternatives"> {
  const { name, architecture } = parseKey(key);
  const builderKey = item.builderKey;
  const installed =
    builderKey === null
      ? undefined
      : scene.builders.map(({ image }) => image.installed.set.all.get(builderKey)).find((one) => one !== undefined);
  return {
    name,
    architecture,
    builderName: builderKey === null ? null : parseKey(builderKey).name,
    builderVersion: (installed ?? known.all.get(key))?.version ?? null,
    candidateVersion: scene.archive?.known.all.get(key)?.version ?? null,
    status: statusOf(key, reduction, scene),
    impliedBy: (reduction.implied.get(key) ?? []).map((one) => aptWord(one, scene.architecture) ?? one),
    sonames: [...item.sonames].sort(compareNames),
    reasons: [...item.reasons.values()].sort((a, b) => compareNames(a.artifact, b.artifact)),
  };
}

/** Whether a line may name it: apt has it, as far as is known, and takes its name for nothing else. */
function canBeNamed(key: string, { archive, misread }: Scene): boolean {
  return !isUnavailable(key, archive) && misread(parseKey(key).name) === null;
}

function statusOf(key: string, reduction: Reduction, scene: Scene): PackageStatus {
  if (reduction.base.includes(key)) return "base";
  if (scene.copyOnly || !canBeNamed(key, scene)) return "unavailable";
  if (reduction.implied.has(key)) return "implied";
  return reduction.upgrades.includes(key) ? "upgrade" : "install";
}
