import { basename, dirname } from "../base/paths.ts";
import { flatMapSteps, type Steps } from "../base/steps.ts";
import type { ElfFacts } from "../elf/facts.ts";
import { abiOf, mismatch } from "../loader/machine.ts";
import { type LibraryResult, resolveProgram } from "../loader/resolve.ts";
import type { FileSystemView } from "../snapshot/view.ts";
import { builderPath } from "./builder-path.ts";
import type { Knowledge } from "./knowledge.ts";
import type { LibraryStatus } from "./model.ts";
import { type PluginKind, pluginTest } from "./plugins.ts";
import type { Provided } from "./provision.ts";
import type { BuilderPath, ResolvedArtifact, ResolvedScene } from "./resolved.ts";
import { allowanceFor, layerOf } from "./scene.ts";

/** A need of an artifact, or of a library of ours that it loads, with the verdict. */
export interface Need {
  readonly artifact: ResolvedArtifact;
  readonly result: LibraryResult;
  readonly status: LibraryStatus;
  readonly provided: Provided | null;
  readonly builderPath: BuilderPath | null;
  /** For what is missing: a copied file of that name where the loader does not look. */
  readonly misplaced: string | null;
  /** For what is missing: the file that needs it is a plugin, which perhaps nothing opens. */
  readonly plugin: PluginKind | null;
  /** The key of a listed package that has it, according to the tables of the release; the builder does not have it. */
  readonly listed: string | null;
  /** Missing for the file alone, but there when a program among the artifacts opens it. */
  readonly byHost: boolean;
}

/** The needs of all artifacts, each judged. `listed` are the names that the runtime stage installs now. */
export function* judgeNeeds(resolved: ResolvedScene, knowledge: Knowledge, listed: ReadonlySet<string>): Steps<Need[]> {
  const judge: Judge = {
    resolved,
    knowledge,
    loadedByPrograms: namesLoadedByPrograms(resolved),
    byHostsPath: searchOfHosts(resolved),
    copied: yield* copiedLibraries(resolved),
    pluginOf: pluginTest(resolved, knowledge),
    listed: new Set([...listed].map((name) => knowledge.packageOf(name))),
  };
  return yield* flatMapSteps(resolved.artifacts, (artifact) =>
    // What is preloaded is a need of the runtime stage, told once (preloads.ts).
    artifact.resolution.libraries.flatMap((result) =>
      result.via === "preload" ? [] : judgeNeed(artifact, result, judge),
    ),
  );
}

/** What all needs are judged by. */
interface Judge {
  readonly resolved: ResolvedScene;
  readonly knowledge: Knowledge;
  readonly loadedByPrograms: ReadonlySet<string>;
  readonly byHostsPath: (path: string, soname: string) => LibraryResult | null;
  readonly copied: (soname: string, wanted: ElfFacts | null) => string | null;
  readonly pluginOf: (artifact: ResolvedArtifact) => PluginKind | null;
  /** The packages that the runtime stage installs now. */
  readonly listed: ReadonlySet<string>;
}

function judgeNeed(artifact: ResolvedArtifact, result: LibraryResult, judge: Judge): Need {
  const { resolved, knowledge, loadedByPrograms, byHostsPath, copied, pluginOf } = judge;
  const found = builderPath(artifact, result.soname, result.requiredBy, resolved.destination.view);
  const nothing = { provided: null, misplaced: null, plugin: null, listed: null, byHost: false };
  const need = { artifact, result, builderPath: found, ...nothing };
  if (result.entry !== null) {
    const provided = layerOf(result.entry).kind === "provided" ? resolved.provision.at(result.entry.path) : undefined;
    return { ...need, status: statusOf(result, provided), provided: provided ?? null };
  }
  if (knowledge.isHostProvided(result.soname)) return { ...need, status: "host" };
  if (result.status === "unknown") return { ...need, status: "unknown" };
  if (result.via === "loaded" || result.status === "found") return { ...need, status: "base" };
  const misplaced = copied(result.soname, artifact.resolution.facts);
  const plugin = artifact.file.kind === "shared-object";
  const opened = plugin ? byHostsPath(artifact.path, result.soname) : null;
  if (opened !== null) return { ...need, result: opened, status: statusOf(opened, undefined), byHost: true };
  const byHost = plugin && loadedByPrograms.has(result.soname);
  if (byHost) return { ...need, status: "artifact", misplaced, byHost };
  if (misplaced !== null) return { ...need, status: "missing", misplaced };
  const listed = listedPackageWith(result.soname, artifact, judge);
  if (listed !== null) return { ...need, status: "package", listed };
  return { ...need, status: "missing", plugin: pluginOf(artifact) };
}

/** The listed package that has a library which the builder does not have, according to the tables of the runtime's release. */
function listedPackageWith(soname: string, artifact: ResolvedArtifact, judge: Judge): string | null {
  const { scene } = judge.resolved;
  const { facts } = artifact.resolution;
  if (scene.copyOnly || facts === null || abiOf(facts)?.architecture !== scene.architecture) return null;
  const answer = judge.knowledge.lookup(soname);
  const name = answer.kind === "packages" ? answer.names.find((one) => judge.listed.has(one)) : undefined;
  return name === undefined ? null : `${name}:${scene.architecture}`;
}

function statusOf(result: LibraryResult, provided: Provided | undefined): LibraryStatus {
  if (result.entry === null) return "unknown";
  const { kind } = layerOf(result.entry);
  if (kind !== "provided") return kind;
  // Nothing may be lost in silence: what cannot be traced to its package is unknown, and the answer not whole.
  if (provided === undefined) return "unknown";
  return provided.kind === "unowned" ? "unowned" : "package";
}

/**
 * The names under which programs among the artifacts have files of ours in memory: a plugin that they open finds these
 * there, though it would not find them alone.
 */
function namesLoadedByPrograms(resolved: ResolvedScene): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { file, resolution } of resolved.artifacts) {
    if (file.kind !== "executable") continue;
    for (const object of resolution.objects) {
      for (const name of object.names) names.add(name);
      if (object.facts?.soname != null) names.add(object.facts.soname);
    }
  }
  return names;
}

/** Programs that a plugin is tried with: so many different RPATHs have no programs of one image. */
const MAX_HOSTS = 64;

/**
 * Looks for what a plugin lacks as it would be looked for if a program among the artifacts opened it: DT_RPATH of the
 * program counts then (ld.so(8)), its DT_RUNPATH does not. Programs with one RPATH in one folder find the same.
 */
function searchOfHosts({
  artifacts,
  destination,
  scene,
}: ResolvedScene): (path: string, soname: string) => LibraryResult | null {
  const hosts = new Map<string, ResolvedArtifact>();
  for (const artifact of artifacts) {
    const { facts } = artifact.resolution;
    if (artifact.file.kind !== "executable" || facts?.rpath == null || facts.runpath !== null) continue;
    const key = JSON.stringify([facts.rpath, facts.rpath.includes("ORIGIN") ? dirname(artifact.path) : null]);
    if (!hosts.has(key) && hosts.size < MAX_HOSTS) hosts.set(key, artifact);
  }
  let last: { readonly path: string; readonly found: ReadonlyMap<string, LibraryResult> } | null = null;
  return (path, soname) => {
    // The needs of one plugin come one after the other.
    if (last?.path !== path) last = { path, found: foundWith(path, [...hosts.values()]) };
    return last.found.get(soname) ?? null;
  };

  function foundWith(plugin: string, programs: readonly ResolvedArtifact[]): Map<string, LibraryResult> {
    const found = new Map<string, LibraryResult>();
    const allowance = allowanceFor(scene);
    for (const { path: host, file } of programs) {
      const settings = { ...destination.settings(file.fact.mode), opened: [plugin], allowance };
      for (const one of resolveProgram(destination.view, host, settings).libraries) {
        if (one.requiredBy === plugin && one.entry !== null && !found.has(one.soname)) found.set(one.soname, one);
      }
    }
    return found;
  }
}

/** Finds a copied library by its SONAME or file name, of the machine of who asks for it. */
function* copiedLibraries(resolved: ResolvedScene): Steps<(soname: string, wanted: ElfFacts | null) => string | null> {
  const found = new Map<string, { readonly path: string; readonly facts: ElfFacts }[]>();
  for (const { image, placed } of resolved.scene.builders) {
    for (const { from, to, type } of placed) {
      yield;
      const own = type === "file" ? sharedLibrary(image.view.lstat(from)) : null;
      if (own === null) continue;
      for (const name of new Set([basename(to), own.soname ?? ""])) {
        const known = found.get(name) ?? [];
        // One of each machine: of several the first is told.
        if (known.some(({ facts }) => mismatch(facts, own) === null)) continue;
        found.set(name, [...known, { path: to, facts: own }]);
      }
    }
  }
  return (soname, wanted) =>
    found.get(soname)?.find(({ facts }) => wanted === null || mismatch(wanted, facts) === null)?.path ?? null;
}

function sharedLibrary(entry: ReturnType<FileSystemView["lstat"]>): ElfFacts | null {
  const reading = typeof entry === "string" ? null : entry.elf();
  return reading?.kind === "elf" && reading.facts.type === "shared" ? reading.facts : null;
}
