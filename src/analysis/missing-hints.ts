import { dirname } from "../base/paths.ts";
import type { SonameStory } from "../debian/soname-family.ts";
import { parseKey } from "../debian/words.ts";
import type { MissingVersion } from "../loader/versions.ts";
import { confFolders } from "./destination-cache.ts";
import { type InterpreterNeed, isStrippedOf } from "./interpreters.ts";
import type { Knowledge } from "./knowledge.ts";
import type { Need } from "./library-status.ts";
import type { MissingHint } from "./model.ts";
import type { PackageName } from "./package-names.ts";
import { releaseWords } from "./release-notes.ts";
import type { ResolvedArtifact } from "./resolved.ts";
import type { BuilderScene, Scene } from "./scene.ts";

/** What is known of sonames. */
export type SonameKnowledge = Pick<Knowledge, "lookup" | "story">;

/** For a library that not even the builder has: what the runtime's release and other ones are known to have for it. */
export function libraryHint(need: Need, { base }: Scene, { lookup, story }: SonameKnowledge): MissingHint | null {
  const { soname } = need.result;
  const answer = lookup(soname);
  if (answer.kind === "packages") return { kind: "not-installed", packages: answer.names };
  if (answer.kind === "unknown" && answer.hint !== null) return { kind: "perhaps", package: answer.hint };
  const known = storyFor(need, story(soname));
  const absent = answer.kind === "absent";
  if (!absent && known.versions.length === 0 && known.elsewhere.length === 0) return null;
  return { kind: "built-elsewhere", release: base === null ? null : releaseWords(base), absent, story: known };
}

/** On 32-bit architectures a library whose SONAME got `t64` has another ABI. */
function storyFor({ artifact }: Need, story: SonameStory): SonameStory {
  return artifact.resolution.facts?.class === 64 ? story : { ...story, same: null };
}

/** Why no package can be named for a library that the builder has from one. */
export function absentHint(
  need: Need,
  name: PackageName,
  { base, archive }: Scene,
  { story }: SonameKnowledge,
): MissingHint {
  const { provided } = need;
  if (name.kind === "unavailable") return { kind: "unavailable", package: parseKey(name.key).name };
  if (name.kind === "stripped") return { kind: "stripped", package: parseKey(name.key).name };
  const misread = misreadHint(name);
  if (misread !== null) return misread;
  return {
    kind: "no-package",
    release: base === null ? null : releaseWords(base),
    says: archive === null ? "table" : "apt",
    builderPackage: provided?.owner == null ? null : parseKey(provided.owner.package).name,
    story: archive === null ? storyFor(need, story(need.result.soname)) : null,
  };
}

/** Why the builder's package is not in the line, where that is for how apt would read its name. */
export function misreadHint(name: PackageName): MissingHint | null {
  return name.kind === "misread" ? { kind: "misread", package: parseKey(name.key).name, ...name.reading } : null;
}

/** How a copied library comes to be found: by ldconfig where ld.so.conf names its folder, else by a path of its own. */
export function misplacedHint(place: string, { base, builders }: Scene): MissingHint {
  const folder = dirname(place);
  const placed = builders.map((builder) => lineOf(place, builder)).find((line) => line !== undefined) ?? 0;
  const line = placed > 0 ? placed : null;
  const isNamed = base !== null && confFolders(base).includes(folder);
  return isNamed ? { kind: "ldconfig", line } : { kind: "unsearched-folder", folder, line };
}

const lines = new WeakMap<BuilderScene["placed"], ReadonlyMap<string, number>>();

/** The line of the first COPY that puts a file at a place; 0 where it is of no line. */
function lineOf(place: string, { placed }: BuilderScene): number | undefined {
  let known = lines.get(placed);
  if (known === undefined) {
    known = new Map(placed.toReversed().map(({ to, mapping }) => [to, mapping.line]));
    lines.set(placed, known);
  }
  return known.get(place);
}

/** For a symbol version that the base lacks: which version the builder has, and which the base. */
export function versionHint(artifact: ResolvedArtifact, lack: MissingVersion, { base }: Scene): MissingHint | null {
  const { builder } = artifact;
  const owner = base?.ownerOf(lack.providedByPath).package ?? null;
  const there = owner === null ? undefined : base?.installed.set.all.get(owner)?.version;
  const path = builder.answers.get(artifact.file.fact.path)?.libraries.get(lack.file) ?? null;
  const builders = path === null ? null : builder.image.ownerOf(path).package;
  const here = builders === null ? undefined : builder.image.installed.set.all.get(builders)?.version;
  if (owner === null || builders === null || there === undefined || here === undefined || here === there) return null;
  return {
    kind: "other-version",
    builder: { package: parseKey(builders).name, version: here },
    base: { package: parseKey(owner).name, version: there },
    crossRelease: builder.crossRelease,
  };
}

/** For an interpreter that the builder has from a package which cannot be had in the runtime stage. */
export function interpreterHint(need: InterpreterNeed, scene: Scene): MissingHint | null {
  const { name, found, builder, builderPackage } = need;
  if (name.endsWith("\r")) return { kind: "carriage-return" };
  if (builderPackage === null) return need.knownIn === undefined ? null : { kind: "one-of", packages: need.knownIn };
  const owner = parseKey(builderPackage).name;
  const reading = scene.copyOnly || builder.crossRelease ? null : scene.misread(owner);
  if (reading !== null) return { kind: "misread", package: owner, ...reading };
  if (!scene.copyOnly && isStrippedOf(builderPackage, builder, scene)) return { kind: "stripped", package: owner };
  return { kind: scene.copyOnly ? "no-apt" : "interpreter-unavailable", path: found ?? name, builderPackage: owner };
}
