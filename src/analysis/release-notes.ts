import { compareNames } from "../base/names.ts";
import { basename } from "../base/paths.ts";
import { compareVersions } from "../debian/version.ts";
import { parseKey } from "../debian/words.ts";
import { ObjectIndex } from "../loader/objects.ts";
import { ARCHIVE } from "./archive.ts";
import { distributionOf, releaseOf } from "./distribution.ts";
import type { LookedAtImage } from "./image.ts";
import type { InterpreterNeed } from "./interpreters.ts";
import type { Need } from "./library-status.ts";
import type { Note } from "./model.ts";
import { note } from "./notes.ts";
import { nameOfProvided, type SonameLookup } from "./package-names.ts";
import type { ResolvedArtifact, ResolvedScene } from "./resolved.ts";
import { layerOf, type Scene } from "./scene.ts";

/** What cannot be known, or only with apt, where builder and runtime base are of different releases. */
export function releaseNotes(
  resolved: ResolvedScene,
  needs: readonly Need[],
  interpreters: readonly InterpreterNeed[],
  lookup: SonameLookup,
  install: readonly string[],
): Note[] {
  const { scene } = resolved;
  const crossing = scene.builders.filter(({ crossRelease }) => crossRelease);
  if (crossing.length === 0 || scene.base === null) return [];
  const { base } = scene;
  const differ = crossing.map(({ image }) =>
    note("releases-differ", null, { builder: releaseWords(image), runtime: releaseWords(base) }),
  );
  if (scene.copyOnly) return differ;
  return [
    ...differ,
    ...(scene.archive === null && install.length > 1
      ? [note("closure-unknown", null, { runtime: releaseWords(base) })]
      : []),
    ...unknownSonames(needs, scene, lookup),
    ...unknownInterpreters(interpreters),
    ...resolved.artifacts.flatMap((artifact) => unprovedVersions(artifact, resolved, lookup)),
  ];
}

/** `debian 12`. */
export function releaseWords({ snapshot }: Pick<LookedAtImage, "snapshot">): string {
  const distribution = distributionOf(snapshot);
  if (distribution === null) return "an unknown release";
  return `${distribution.id} ${distribution.versionId ?? distribution.codename ?? ""}`.trim();
}

function unknownSonames(needs: readonly Need[], scene: Scene, lookup: SonameLookup): Note[] {
  const found = new Map<string, { hint: string | null; requiredBy: Set<string> }>();
  for (const { status, provided, artifact } of needs) {
    if (status !== "package" || provided === null) continue;
    const name = nameOfProvided(provided, scene, lookup);
    if (name.kind !== "unknown") continue;
    const known = found.get(provided.soname) ?? { hint: name.hint, requiredBy: new Set<string>() };
    found.set(provided.soname, known);
    known.requiredBy.add(artifact.file.fact.path);
  }
  return [...found].map(([soname, { hint, requiredBy }]) =>
    note("soname-unknown", null, { soname, hint, requiredBy: [...requiredBy].sort(compareNames) }),
  );
}

function unknownInterpreters(interpreters: readonly InterpreterNeed[]): Note[] {
  return interpreters.flatMap(({ status, file, name, builderPackage }) =>
    status === "unknown" && builderPackage !== null
      ? [note("interpreter-unknown", file.fact.path, { interpreter: name, hint: parseKey(builderPackage).name })]
      : [],
  );
}

/**
 * Symbol versions asked of a package that the runtime's archive has in another version than the builder. A library that
 * keeps its SONAME keeps its versions (Debian Policy §8.1), so a newer release than the builder's has them all.
 */
function unprovedVersions(artifact: ResolvedArtifact, resolved: ResolvedScene, lookup: SonameLookup): Note[] {
  const { builder, ours, resolution, file } = artifact;
  const { scene, provision } = resolved;
  if (!builder.crossRelease || scene.base === null || isUpward(builder.image, scene.base)) return [];
  const index = new ObjectIndex(resolution.objects);
  return ours.flatMap((object) =>
    (object.facts?.versionNeeds ?? []).flatMap((need) => {
      const provider = index.answering(need.file);
      const layer = provider?.entry == null ? null : layerOf(provider.entry);
      if (provider?.entry == null || layer?.kind !== "provided" || layer.builder === ARCHIVE) return [];
      const provided = provision.at(provider.entry.path);
      const name = provided === undefined ? null : nameOfProvided(provided, scene, lookup);
      if (provided?.kind !== "package" || name?.kind !== "key") return [];
      const versions = need.versions.map((version) => version.name).sort(compareNames);
      const details = { soname: basename(need.file), package: parseKey(name.key).name, versions };
      return [note("versions-unproved", file.fact.path, details)];
    }),
  );
}

/** The builder is of an older release of the same distribution. */
function isUpward(builder: LookedAtImage, base: LookedAtImage): boolean {
  const [from, to] = [releaseOf(builder.snapshot), releaseOf(base.snapshot)];
  if (from?.versionId == null || to?.versionId == null || from.id !== to.id) return false;
  return compareVersions(from.versionId, to.versionId) < 0;
}
