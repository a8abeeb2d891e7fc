import { basename, dirname, joinPath } from "../base/paths.ts";
import { ldconfigFolders } from "../loader/conf.ts";
import { realPathOf } from "../snapshot/path.ts";
import { destinationFolders } from "./destination-cache.ts";
import type { BuilderPath } from "./resolved.ts";
import type { BuilderScene, Scene } from "./scene.ts";

const LOCAL = "/usr/local/lib";

/**
 * Where a library has to be copied to: where the builder has it, unless only the builder's ld.so.cache leads there. A
 * package's goes to the loader's own folder then. What nobody owns stays where the runtime's ldconfig looks too; else
 * (the /usr/local/lib64 of gcc images, which a file of theirs in ld.so.conf.d names) it goes to /usr/local/lib, which
 * comes before the folders of packages as that one did.
 */
export function copyPlace(found: BuilderPath, soname: string, { image }: BuilderScene, scene: Scene): string {
  const place = found.place();
  const folders = ldconfigFolders(image.architecture);
  if (folders.includes(dirname(place)) || !found.byCache()) return place;
  if (image.ownerOf(found.path).package === null && !scene.copyOnly) {
    const there = destinationFolders(scene);
    if (there.includes(dirname(place))) return place;
    if (there.includes(LOCAL)) return `${LOCAL}/${basename(soname)}`;
  }
  return `${folders.find((folder) => folder.startsWith("/usr/lib/")) ?? "/usr/lib"}/${basename(soname)}`;
}

/**
 * Where a package puts a file that the loader opened: under its own name, not by way of a folder that only the artifacts
 * have (`$ORIGIN/..` of a program in a folder of its own).
 */
export function packagePlace(path: string, { image }: BuilderScene): string {
  if (!path.includes("/../")) return path;
  const folder = realPathOf(image.view, dirname(path));
  return folder.status === "found" ? joinPath(folder.path, basename(path)) : path;
}
