import { basename } from "../base/paths.ts";
import { flatMapSteps, type Steps } from "../base/steps.ts";
import { compareVersions } from "../debian/version.ts";
import type { ElfDamage } from "../elf/facts.ts";
import { type LibraryResult, resolveProgram, TOO_MUCH } from "../loader/resolve.ts";
import { definesVersion, type MissingVersion, missingVersions } from "../loader/versions.ts";
import { realPathOf } from "../snapshot/path.ts";
import { ARCHIVE, type ArchiveFile } from "./archive.ts";
import { foldersBeside } from "./archives.ts";
import type { ArtifactFile } from "./artifact-files.ts";
import { builderPath } from "./builder-path.ts";
import { copyPlace, packagePlace } from "./copy-place.ts";
import { type Destination, destination } from "./destination.ts";
import { chooseOpened } from "./dlopen.ts";
import { providePreloads } from "./preloads.ts";
import { type Provided, Provision } from "./provision.ts";
import type { BuilderPath, ResolvedArtifact, ResolvedScene } from "./resolved.ts";
import { allowanceFor, type BuilderScene, layerOf, type Scene } from "./scene.ts";

/** Each round can only add files that the builder has; chains of unowned libraries are as long as they get. */
const MAX_ROUNDS = 64;

/** What is wrong with an artifact whose needs come to no end in that many rounds. */
const TOO_LONG: ElfDamage = {
  reason: `libraries without a package need each other in a chain of more than ${MAX_ROUNDS}`,
  isLimit: true,
};

/**
 * Resolves every artifact where it will be. What is not found there is taken from where the builder's loader found it,
 * as the file of a package or as one to copy, and all is resolved again, until nothing new is found.
 */
export function* resolveArtifacts(scene: Scene, withRecommended: boolean): Steps<ResolvedScene> {
  const provision = new Provision(scene.baseView);
  if (scene.preload.length > 0) providePreloads(scene, provision, yield* destination(scene, provision));
  let same: Unchanged = () => undefined;
  let there = yield* destination(scene, provision);
  for (let round = 0; ; round++) {
    const before = new Set(provision.all);
    const artifacts: ResolvedArtifact[] = [];
    for (const builder of scene.builders) {
      const round: Round = { scene, builder, there, withRecommended, same };
      for (const artifact of yield* flatMapSteps(builder.files, (file) => resolveFile(file, round)))
        artifacts.push(artifact);
    }
    const resolved = resolvedScene(scene, there, provision, artifacts);
    const grown = yield* flatMapSteps(artifacts, (artifact) => provideFor(artifact, resolved));
    if (!grown.includes(true)) return resolved;
    if (round === MAX_ROUNDS) {
      const ended = artifacts.map((artifact, index) =>
        grown[index] === true ? givenUp(artifact, TOO_LONG) : artifact,
      );
      return resolvedScene(scene, there, provision, ended);
    }
    const next = yield* destination(scene, provision);
    const added = provision.all.filter((one) => !before.has(one));
    same = next.freshCache === there.freshCache ? unchanged(artifacts, added) : () => undefined;
    there = next;
  }
}

function resolvedScene(
  scene: Scene,
  there: Destination,
  provision: Provision,
  artifacts: readonly ResolvedArtifact[],
): ResolvedScene {
  const damaged = new Map<ArtifactFile, ElfDamage>();
  for (const file of scene.builders.flatMap(({ files }) => files))
    if (file.damage !== null) damaged.set(file, file.damage);
  for (const { file, resolution } of artifacts) if (resolution.damage !== null) damaged.set(file, resolution.damage);
  return { scene, destination: there, provision, artifacts, damaged };
}

/** The result of the round before, where what was provided since cannot change it. */
type Unchanged = (file: ArtifactFile, path: string) => ResolvedArtifact | undefined;

/** A file that is provided matters to those alone that look for its name, and to those that choose among names. */
function unchanged(artifacts: readonly ResolvedArtifact[], added: readonly Provided[]): Unchanged {
  const names = new Set(added.flatMap(({ soname, place, source }) => [soname, basename(place), basename(source)]));
  const kept = new Map<ArtifactFile, Map<string, ResolvedArtifact>>();
  for (const artifact of artifacts) {
    const { libraries, interpreter, damage } = artifact.resolution;
    const asked = libraries.some(({ soname }) => names.has(soname) || names.has(basename(soname)));
    const isOpen = asked || artifact.choices.length > 0 || interpreter?.status !== "found";
    if (isOpen && damage === null) continue;
    const places = kept.get(artifact.file) ?? new Map<string, ResolvedArtifact>();
    kept.set(artifact.file, places.set(artifact.path, artifact));
  }
  return (file, path) => kept.get(file)?.get(path);
}

/** Kinds of which the loader is asked: a static program needs nothing, a foreign one is not for these rules. */
const LOADED: ReadonlySet<string> = new Set(["executable", "shared-object"]);

/** What one round of one builder has to go by. */
interface Round {
  readonly scene: Scene;
  readonly builder: BuilderScene;
  readonly there: Destination;
  readonly withRecommended: boolean;
  readonly same: Unchanged;
}

/** A file at each of its places. */
function resolveFile(file: ArtifactFile, round: Round): ResolvedArtifact[] {
  if (!LOADED.has(file.kind)) return [];
  const paths = round.builder.destinations.get(file.fact.path) ?? [file.fact.path];
  return paths.map((path) => round.same(file, path) ?? resolveAt(file, path, round));
}

function resolveAt(
  file: ArtifactFile,
  path: string,
  { scene, builder, there, withRecommended }: Round,
): ResolvedArtifact {
  const allowance = allowanceFor(scene);
  const settings = { ...there.settings(file.fact.mode, foldersBeside(file, path, builder)), allowance };
  const { stopAt = () => false } = settings;
  const choices = chooseOpened(file.opens, builder, file, { view: there.view, path, settings }, withRecommended);
  const opened = choices.flatMap(({ soname }) => soname ?? []);
  const resolution = resolveProgram(there.view, path, { ...settings, opened, firstOnly: true });
  const ours = resolution.objects.filter(
    (object) =>
      object.role === "program" || (object.entry !== null && object.role === "library" && !stopAt(object.entry)),
  );
  const versions = missingVersions(resolution.objects, ours, allowance).filter((one) => !one.weak);
  const artifact = { builder, file, path, resolution, choices, ours, versions };
  return allowance.isSpent ? givenUp(artifact, TOO_MUCH) : artifact;
}

/** An artifact of which no needs are told, because not all of them can be. */
function givenUp(artifact: ResolvedArtifact, damage: ElfDamage): ResolvedArtifact {
  const resolution = { ...artifact.resolution, status: "damaged" as const, damage, libraries: [], objects: [] };
  return { ...artifact, resolution, choices: [], ours: [], versions: [] };
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
  if (provideFromArchive(artifact, need.soname, resolved)) return true;
  // A file that is copied already lies where the loader does not look: to copy it twice is no cure.
  if (builder.destinations.has(found.realPath)) return false;
  const owner = builder.image.ownerOf(found.path);
  const owned = owner.package !== null;
  return resolved.provision.add({
    kind: owned ? "package" : "unowned",
    builder: builder.index,
    source: found.path,
    realSource: found.realPath,
    place:
      owned && !resolved.scene.copyOnly
        ? packagePlace(found.path, builder)
        : copyPlace(found, need.soname, builder, resolved.scene),
    soname: need.soname,
    owner: owned ? owner : null,
    upgrade: false,
  });
}

/** For another release: the library as the runtime's own archive has it, with the symbol versions that it has there. */
function provideFromArchive(artifact: ResolvedArtifact, soname: string, resolved: ResolvedScene): boolean {
  const { archive } = resolved.scene;
  if (archive === null || !artifact.builder.crossRelease) return false;
  const file = archive.library(soname, artifact.resolution.facts);
  return file !== null && resolved.provision.add(fromArchive(file, soname));
}

function fromArchive(file: ArchiveFile, soname: string): Provided {
  const owner = { package: file.package, path: file.path, how: "exact", links: [], otherOwners: [] } as const;
  const { path: source, realPath: realSource } = file;
  return { kind: "package", builder: ARCHIVE, source, realSource, place: source, soname, owner, upgrade: false };
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
  if (provider?.entry == null || layerOf(provider.entry).kind !== "base") return false;
  const { builder } = artifact;
  const found = builderPath(artifact, lack.file, lack.requiredBy, there.view);
  if (found === null || builder.destinations.has(found.realPath)) return false;
  if (!hasVersion(builder, found.realPath, lack.version)) return false;
  const owner = builder.image.ownerOf(found.path);
  if (owner.package === null) return provideNewer(found, lack.file, builder, resolved);
  if (builder.crossRelease || scene.copyOnly) return false;
  const newer = builder.image.installed.set.all.get(owner.package)?.version;
  const older = scene.base?.installed.set.all.get(owner.package)?.version;
  if (newer === undefined || older === undefined || compareVersions(older, newer) >= 0) return false;
  const candidate = scene.archive?.known.all.get(owner.package)?.version;
  if (candidate !== undefined && compareVersions(candidate, newer) < 0) return false;
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

/** A library that nobody owns and that is newer than the base's, as the gcc images have a libstdc++ of their own. */
function provideNewer(found: BuilderPath, soname: string, builder: BuilderScene, resolved: ResolvedScene): boolean {
  return resolved.provision.add({
    kind: "unowned",
    builder: builder.index,
    source: found.path,
    realSource: found.realPath,
    place: copyPlace(found, soname, builder, resolved.scene),
    soname,
    owner: null,
    upgrade: false,
  });
}

function hasVersion(builder: BuilderScene, path: string, version: string): boolean {
  const entry = builder.image.view.lstat(path);
  const reading = typeof entry === "string" ? null : entry.elf();
  return reading?.kind === "elf" && definesVersion(reading.facts, version);
}
