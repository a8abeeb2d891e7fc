import { posix } from "node:path";
import type { ArtifactFile } from "../../analysis/artifact-files.ts";
import { callsOf } from "../../analysis/calls.ts";
import { copiedConfFolders } from "../../analysis/destination-cache.ts";
import type { LookedAtBuilder } from "../../analysis/input.ts";
import { runtimeScripts } from "../../analysis/runtime-scripts.ts";
import type { BuilderScene } from "../../analysis/scene.ts";
import { APT, environmentOf, pathFoldersOf, setScene } from "../../analysis/set-scene.ts";
import { compareNames } from "../../base/names.ts";
import { literalFolder } from "../../dockerfile/artifacts.ts";
import type { ContextSources } from "../../dockerfile/context-sources.ts";
import type { BuildPlan } from "../../dockerfile/plan.ts";
import { abiOf } from "../../loader/machine.ts";
import { searchPathFolders } from "../../look/search-folders.ts";
import { resolvePath } from "../../snapshot/path.ts";
import { pythonOfModule } from "../../snapshot/python-modules.ts";
import type { LookRequest, Snapshot } from "../../snapshot/snapshot.ts";
import { snapshotView } from "../../snapshot/snapshot-view.ts";
import type { GatherRequest } from "./gather-request.ts";

/** The paths to walk in a builder: its artifacts, and whatever else of it is copied and may hold libraries. */
export function artifactPaths(plan: BuildPlan, stage: number): string[] {
  const roots = plan.artifacts.filter((root) => root.stage === stage).map(({ path }) => path);
  const sources = plan.copies
    .filter((mapping) => mapping.stage === stage)
    .map((mapping) => mapping.pivot?.root ?? mapping.source);
  return outermost([...roots, ...sources].map(literalFolder));
}

/** What to look at in a builder. */
interface BuilderQuestion {
  /** The artifacts. */
  readonly paths: readonly string[];
  /** Where programs can be that the runtime stage calls. */
  readonly called: readonly string[];
  readonly askLoader: boolean;
}

/**
 * Looks at a builder. A path that is a link to a folder stands for that folder (COPY takes its contents), so the folder
 * is walked too.
 */
export async function lookWithLinks(
  { paths, called, askLoader }: BuilderQuestion,
  ask: (request: LookRequest) => Promise<Snapshot>,
): Promise<Snapshot> {
  const request = (artifacts: readonly string[]): LookRequest => ({
    artifactPaths: artifacts,
    folders: [],
    paths: called,
    askLoader,
    searchStrings: true,
  });
  const snapshot = await ask(request(paths));
  const all = outermost([...paths, ...linkedFolders(snapshot, paths)]);
  return all.length === paths.length ? snapshot : ask(request(all));
}

function linkedFolders(snapshot: Snapshot, paths: readonly string[]): string[] {
  const view = snapshotView(snapshot, "builder");
  return paths.flatMap((path) => {
    const found = resolvePath(view, path);
    return found.status === "found" && found.path !== path && found.entry?.type === "directory" ? [found.path] : [];
  });
}

/** Distinct paths, without those that lie in another one. */
export function outermost(paths: readonly string[]): string[] {
  const distinct = [...new Set(paths)].sort(compareNames);
  return distinct.filter(
    (path) => !distinct.some((other) => other !== path && (other === "/" || path.startsWith(`${other}/`))),
  );
}

/**
 * What to look at in the runtime base beside the loader's own folders: where RUNPATH, LD_LIBRARY_PATH and `#!` lines of
 * the artifacts will point to, and what CMD, ENTRYPOINT and HEALTHCHECK call.
 */
export function baseRequest(
  { plan, mappings, contextSources }: Pick<GatherRequest, "contextSources" | "mappings" | "plan">,
  builders: readonly LookedAtBuilder[],
  baseEnv: readonly string[],
): LookRequest {
  const scene = setScene({ plan, mappings, builders, base: { source: "none", reference: null } });
  const environment = environmentOf(plan, baseEnv);
  const onPath = pathsOn(environment);
  const scripts = scene.builders.flatMap(({ files }) =>
    files.flatMap(({ shebang }) => (shebang === null ? [] : [shebang])),
  );
  const modules = scene.builders.flatMap(({ files }) => files.flatMap(({ fact }) => pythonOfModule(fact.path) ?? []));
  const names = [
    ...modules,
    ...scripts.flatMap(({ interpreter, looksUp }) => [interpreter, ...(looksUp === null ? [] : [looksUp])]),
  ];
  const interpreters = scene.builders.flatMap(({ files }) => files.flatMap(({ facts }) => facts?.interpreter ?? []));
  const libraryPath = (environment.get("LD_LIBRARY_PATH") ?? "").split(/[:;]/);
  const folders = [
    ...scene.builders.flatMap(searchFolders),
    ...scene.builders.flatMap(copiedConfFolders),
    ...libraryPath,
  ];
  return {
    artifactPaths: [],
    folders: absolute(folders),
    paths: absolute([
      APT,
      ...calledPaths(
        plan,
        contextSources,
        scene.builders.flatMap(({ files }) => files),
        baseEnv,
      ),
      ...names.flatMap(onPath),
      ...interpreters,
    ]),
    askLoader: false,
    searchStrings: false,
  };
}

/** Where programs can be that CMD, ENTRYPOINT and HEALTHCHECK call, or scripts of the context and among the artifacts. */
export function calledPaths(
  plan: BuildPlan | null,
  sources: ContextSources,
  artifacts: readonly ArtifactFile[],
  baseEnv: readonly string[],
): string[] {
  const calls = callsOf(plan, [], runtimeScripts(plan, sources, artifacts));
  return absolute(calls.map(({ program }) => program).flatMap(pathsOn(environmentOf(plan, baseEnv))));
}

function pathsOn(environment: ReadonlyMap<string, string>): (program: string) => string[] {
  const folders = pathFoldersOf(environment);
  return (program) => (program.includes("/") ? [program] : folders.map((folder) => `${folder}/${program}`));
}

/** The folders that RPATH and RUNPATH of the artifacts name, seen from where they will be. */
function searchFolders(builder: BuilderScene): string[] {
  return builder.files.flatMap(({ fact, facts }) => {
    if (facts === null) return [];
    const triplet = abiOf(facts)?.triplet;
    const paths = builder.destinations.get(fact.path) ?? [fact.path];
    const folders = paths.flatMap((path) => searchPathFolders(facts, path, triplet === undefined ? [] : [triplet]));
    // `/opt/bin/../lib`: the base need not have the folder that a COPY will make, but may have the one that is meant.
    return folders.flatMap((folder) => [folder, posix.normalize(folder)]);
  });
}

/** What is over this is not looked at, and so not known; the look itself has its own limit of library folders. */
const MAX_PATHS = 20_000;

function absolute(paths: Iterable<string>): string[] {
  const found = new Set<string>();
  for (const path of paths) {
    if (found.size === MAX_PATHS) break;
    if (path.startsWith("/") && !path.includes("\0")) found.add(path);
  }
  return [...found].sort(compareNames);
}
