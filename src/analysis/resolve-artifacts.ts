import { compareVersions } from "../debian/version.ts";
import { realPathOf } from "../loader/candidate.ts";
import { type LibraryResult, type Resolution, resolveProgram } from "../loader/resolve.ts";
import { type MissingVersion, missingVersionsOf } from "../loader/versions.ts";
import type { ArtifactFile } from "./artifact-files.ts";
import { builderPath } from "./builder-path.ts";
import { Provision } from "./provision.ts";
import { type BuilderScene, type Destination, destination, layerOf, type Scene } from "./scene.ts";

/** One artifact at one of its places in the runtime stage, and what the loader makes of it there. */
export interface ResolvedArtifact {
  readonly builder: BuilderScene;
  readonly file: ArtifactFile;
  /** Where it will be; its own path in the builder where no COPY brings it. */
  readonly path: string;
  readonly resolution: Resolution;
  /** Versions that are asked for by files of ours and not defined where they are asked of. */
  readonly versions: readonly MissingVersion[];
}

/** Every artifact resolved at its destination, with all that had to be provided for it. */
export interface ResolvedScene {
  readonly scene: Scene;
  readonly destination: Destination;
  readonly provision: Provision;
  readonly artifacts: readonly ResolvedArtifact[];
}

/** Each round can only add files that the builder has; chains of unowned libraries are as long as they get. */
const MOST_ROUNDS = 64;

/**
 * Resolves every artifact where it will be. What is not found there is taken from where the builder's loader found it,
 * as the file of a package or as one to copy, and all is resolved again, until nothing new is found.
 */
export function resolveArtifacts(scene: Scene): ResolvedScene {
  const provision = new Provision(scene.baseView);
  for (let round = 0; ; round++) {
    const there = destination(scene, provision);
    const artifacts = scene.builders.flatMap((builder) => resolveBuilder(builder, there));
    const resolved = { scene, destination: there, provision, artifacts };
    const grown = artifacts.map((artifact) => provideFor(artifact, resolved)).includes(true);
    if (!grown || round === MOST_ROUNDS) return resolved;
  }
}

/** Kinds of which the loader is asked: a static program needs nothing, a foreign one is not for these rules. */
const LOADED: ReadonlySet<string> = new Set(["executable", "shared-object"]);

function resolveBuilder(builder: BuilderScene, there: Destination): ResolvedArtifact[] {
  return builder.files.flatMap((file) => {
    if (!LOADED.has(file.kind)) return [];
    const paths = builder.destinations.get(file.fact.path) ?? [file.fact.path];
    return paths.map((path) => {
      const resolution = resolveProgram(there.view, path, there.settings(file.fact.mode));
      const { stopAt = () => false } = there.settings(file.fact.mode);
      const ours = resolution.objects.filter(
        (object) =>
          object.role === "program" || (object.entry !== null && object.role === "library" && !stopAt(object.entry)),
      );
      const versions = ours
        .flatMap((object) => missingVersionsOf(object, resolution.objects))
        .filter((one) => !one.weak);
      return { builder, file, path, resolution, versions };
    });
  });
}

/** Provides what one artifact lacks; true where something new came of it. */
function provideFor(artifact: ResolvedArtifact, resolved: ResolvedScene): boolean {
  const { libraries, interpreter } = artifact.resolution;
  let grown = false;
  for (const need of libraries) {
    if (need.status !== "found") grown = provideLibrary(artifact, need, resolved) || grown;
  }
  if (interpreter?.status === "missing") grown = provideInterpreter(artifact, interpreter.path, resolved) || grown;
  for (const lack of artifact.versions) grown = provideUpgrade(artifact, lack, resolved) || grown;
  return grown;
}

function provideLibrary(artifact: ResolvedArtifact, need: LibraryResult, resolved: ResolvedScene): boolean {
  const found = builderPath(artifact, need.soname, need.requiredBy, resolved.destination.view);
  if (found === null) return false;
  const { builder } = artifact;
  // A file that is copied already lies where the loader does not look: to copy it twice is no cure.
  if (builder.destinations.has(found.realPath)) return false;
  const owner = builder.image.ownerOf(found.path);
  const owned = owner.package !== null;
  return resolved.provision.add({
    kind: owned ? "package" : "unowned",
    builder: builder.index,
    source: found.path,
    realSource: found.realPath,
    place: owned ? found.path : found.place(),
    soname: need.soname,
    owner: owned ? owner : null,
    upgrade: false,
  });
}

function provideInterpreter(artifact: ResolvedArtifact, path: string, resolved: ResolvedScene): boolean {
  const { builder } = artifact;
  const real = realPathOf(builder.image.view, path);
  const owner = builder.image.ownerOf(path);
  if (real.status !== "found" || owner.package === null) return false;
  return resolved.provision.add({
    kind: "package",
    builder: builder.index,
    source: path,
    realSource: real.path,
    place: path,
    soname: path,
    owner,
    upgrade: false,
  });
}

/** A library of the base that lacks a version: the builder's, where its package is a newer one of the same release. */
function provideUpgrade(artifact: ResolvedArtifact, lack: MissingVersion, resolved: ResolvedScene): boolean {
  const { scene, provision, destination: there } = resolved;
  const provider = artifact.resolution.objects.find((object) => object.path === lack.providedByPath);
  if (provider?.entry == null || layerOf(provider.entry).kind !== "base" || scene.crossRelease) return false;
  const { builder } = artifact;
  const found = builderPath(artifact, lack.file, lack.requiredBy, there.view);
  if (found === null || builder.destinations.has(found.realPath)) return false;
  const owner = builder.image.ownerOf(found.path);
  if (owner.package === null || !definesVersion(builder, found.realPath, lack.version)) return false;
  const newer = builder.image.installed.set.all.get(owner.package)?.version;
  const older = scene.base?.installed.set.all.get(owner.package)?.version;
  if (newer === undefined || older === undefined || compareVersions(older, newer) >= 0) return false;
  return provision.add({
    kind: "package",
    builder: builder.index,
    source: found.path,
    realSource: found.realPath,
    place: provider.path,
    soname: lack.file,
    owner,
    upgrade: true,
  });
}

function definesVersion(builder: BuilderScene, path: string, version: string): boolean {
  const entry = builder.image.view.lstat(path);
  const reading = typeof entry === "string" ? null : entry.elf();
  return reading?.kind === "elf" && reading.facts.versionDefinitions.includes(version);
}
