import { ldconfigFolders } from "../loader/conf.ts";
import { folderOf, nameOf } from "../loader/path.ts";
import type { BuilderPath } from "./builder-path.ts";
import type { BuilderScene } from "./scene.ts";

/**
 * Where a library has to be copied to: where the builder has it, unless only the builder's ld.so.cache leads there
 * (folders of ld.so.conf.d) and it is a package's, whose cache entry would come with apt. Then the loader's own folder.
 */
export function copyPlace(found: BuilderPath, soname: string, { image }: BuilderScene): string {
  const place = found.place();
  const folders = ldconfigFolders(image.architecture);
  const owned = image.ownerOf(found.path).package !== null;
  if (!owned || folders.includes(folderOf(place)) || !found.byCache()) return place;
  return `${folders.find((folder) => folder.startsWith("/usr/lib/")) ?? "/usr/lib"}/${nameOf(soname)}`;
}
