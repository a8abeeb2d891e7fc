import { compareNames } from "../base/names.ts";
import { parseKey } from "../debian/words.ts";
import type { Need } from "./library-status.ts";
import type { CopyNeed } from "./model.ts";
import type { PreloadNeed } from "./preloads.ts";
import type { Provided } from "./provision.ts";
import type { ResolvedScene } from "./resolved.ts";

/**
 * The files that the runtime stage therefore has to copy, each with all that need it: libraries that no package owns,
 * and where nothing can be installed, those of packages and the program interpreter too.
 */
export function copyNeeds(
  { scene, provision, artifacts }: ResolvedScene,
  needs: readonly Need[],
  preloads: readonly PreloadNeed[],
): CopyNeed[] {
  const found = new Map<string, Omit<CopyNeed, "requiredBy"> & { requiredBy: Set<string> }>();
  const add = (provided: Provided, artifact: string): void => {
    const key = `${provided.builder}\0${provided.place}`;
    const known = found.get(key) ?? {
      stage: scene.builders[provided.builder]?.stage ?? null,
      soname: provided.soname,
      source: provided.source,
      realPath: provided.realSource,
      destination: provided.place,
      package: provided.owner === null ? null : parseKey(provided.owner.package).name,
      requiredBy: new Set<string>(),
    };
    found.set(key, known);
    known.requiredBy.add(artifact);
  };
  for (const { status, provided, artifact } of needs) {
    if (provided === null) continue;
    if (status === "unowned" || (status === "package" && scene.copyOnly)) add(provided, artifact.file.fact.path);
  }
  for (const { resolution, file } of scene.copyOnly ? artifacts : []) {
    const entry = resolution.interpreter?.entry ?? null;
    const provided = entry === null ? undefined : provision.at(entry.path);
    if (provided !== undefined) add(provided, file.fact.path);
  }
  for (const { by, provided } of preloads) {
    if (provided !== null && (provided.kind === "unowned" || scene.copyOnly)) add(provided, by);
  }
  const list = [...found.values()].map((item) => ({ ...item, requiredBy: [...item.requiredBy].sort(compareNames) }));
  return list.sort((a, b) => compareNames(a.destination, b.destination));
}
