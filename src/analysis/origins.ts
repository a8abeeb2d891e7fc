import { compareVersions } from "../debian/version.ts";
import { parseKey } from "../debian/words.ts";
import type { Knowledge } from "./knowledge.ts";
import type { Need } from "./library-status.ts";
import type { Note } from "./model.ts";
import { note } from "./notes.ts";
import { releaseWords } from "./release-notes.ts";
import type { BuilderScene, Scene } from "./scene.ts";

/**
 * Packages of the builder that its distribution does not have (another repository, a `.deb` by hand). An image keeps no
 * record of where a package came from, so only proofs count: a complete table of the release that does not have the
 * package, or apt in the runtime base, which does not have it or only an older one. What neither proves is not said.
 */
export function originNotes(scene: Scene, needs: readonly Need[], knowledge: Knowledge): Note[] {
  const seen = new Set<string>();
  return needs.flatMap((need) => {
    const { builder } = need.artifact;
    const path = need.builderPath?.path ?? null;
    const owner = path === null || need.status !== "package" ? null : builder.image.ownerOf(path).package;
    if (owner === null || seen.has(`${builder.index} ${owner}`)) return [];
    seen.add(`${builder.index} ${owner}`);
    const evidence = evidenceFor(owner, builder, scene, knowledge);
    if (evidence === null) return [];
    const known = builder.image.installed.set.all.get(owner);
    const { name } = parseKey(owner);
    const details = { package: name, version: known?.version ?? null, maintainer: known?.maintainer ?? null };
    return [note("foreign-package-origin", null, { ...details, ...evidence })];
  });
}

interface Evidence {
  /** `table`: our complete table of the release · `apt`: apt in the runtime base. */
  readonly evidence: "table" | "apt";
  readonly release: string;
  /** The version that apt has, or null. */
  readonly candidate: string | null;
  readonly [detail: string]: string | null;
}

function evidenceFor(
  key: string,
  { image, crossRelease }: BuilderScene,
  { archive }: Scene,
  knowledge: Knowledge,
): Evidence | null {
  const release = releaseWords(image);
  const { name } = parseKey(key);
  if (archive?.wasAsked(name) === true && !crossRelease) {
    const candidate = archive.known.all.get(key)?.version ?? null;
    const installed = image.installed.set.all.get(key)?.version ?? "";
    if (candidate === null || compareVersions(candidate, installed) < 0) return { evidence: "apt", release, candidate };
  }
  return knowledge.hasPackage(image.snapshot, name) === false ? { evidence: "table", release, candidate: null } : null;
}
