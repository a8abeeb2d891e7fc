import { basename, joinPath } from "../base/paths.ts";
import { parseKey } from "../debian/words.ts";
import { abiOf, defaultFolders } from "../loader/machine.ts";
import { realPathOf } from "../snapshot/path.ts";
import type { LookedAtImage } from "./image.ts";
import type { Need } from "./library-status.ts";
import type { Note } from "./model.ts";
import { note } from "./notes.ts";
import type { ResolvedScene } from "./resolved.ts";

/**
 * Libraries without a package (of /usr/local, or copied) that hide one that a package has under the same name: in the
 * builder, where the artifact is tried, or at the destination.
 */
export function shadowNotes({ scene }: ResolvedScene, needs: readonly Need[]): Note[] {
  return needs.flatMap((need) => {
    const { builder } = need.artifact;
    const path = hiding(need);
    if (path === null) return [];
    const images = [builder.image, ...(scene.base === null ? [] : [scene.base])];
    const key = images.map((image) => packagedElsewhere(need, image)).find((one) => one !== null);
    return key == null
      ? []
      : [note("shadows-package", path, { package: parseKey(key).name, soname: need.result.soname })];
  });
}

/** The file of the builder that nobody owns and that it takes for this need. */
function hiding({ artifact, builderPath, status, result }: Need): string | null {
  const { builder } = artifact;
  if (status === "artifact")
    return result.via === "cache" || result.via === "default" ? (result.entry?.source ?? null) : null;
  if (builderPath === null || builder.destinations.has(builderPath.realPath)) return null;
  return builder.image.ownerOf(builderPath.path).package === null ? builderPath.path : null;
}

/** The package that has a library of this name in one of the loader's own folders. */
function packagedElsewhere({ artifact, result }: Need, image: LookedAtImage): string | null {
  const { facts } = artifact.resolution;
  for (const folder of defaultFolders(facts === null ? null : abiOf(facts))) {
    const path = joinPath(folder, basename(result.soname));
    if (realPathOf(image.view, path).status !== "found") continue;
    const owner = image.ownerOf(path).package;
    if (owner !== null) return owner;
  }
  return null;
}
