import { compareNames } from "../../base/names.ts";
import { basename } from "../../base/paths.ts";
import { aptWord } from "../../debian/words.ts";
import { realPathOf } from "../../snapshot/path.ts";
import type { LookedAtImage } from "../image.ts";
import type { Scene } from "../scene.ts";
import type { FilePlace } from "./model.ts";
import { onePath } from "./same-path.ts";

/** Where the builders and the base have a file of a name or path, as far as they were looked at. */
export function filePlaces(name: string, scene: Scene): FilePlace[] {
  const { builders, base, architecture } = scene;
  return [
    ...builders.flatMap(({ image, stage }) => placesIn(image, name, architecture, { image: "builder", stage })),
    ...(base === null ? [] : placesIn(base, name, architecture, { image: "base", stage: null })),
  ];
}

function placesIn(
  image: LookedAtImage,
  name: string,
  architecture: string,
  where: Pick<FilePlace, "image" | "stage">,
): FilePlace[] {
  const cached = Array.isArray(image.cache) ? image.cache : [];
  const found = new Map<string, FilePlace>();
  const add = (path: string, cachedAs: string | null): void => {
    const owner = image.ownerOf(path).package;
    const spelled = onePath(path);
    if (found.has(spelled)) return;
    found.set(spelled, { path, ...where, package: owner === null ? null : aptWord(owner, architecture), cachedAs });
  };
  for (const { soname, path } of cached) {
    if (soname === name || onePath(path) === onePath(name)) add(path, soname);
  }
  if (name.startsWith("/")) {
    const there = realPathOf(image.view, onePath(name));
    if (there.status === "found" && there.entry?.type === "file") add(name, null);
  } else {
    for (const { path, type } of image.snapshot.files) if (type === "file" && basename(path) === name) add(path, null);
  }
  return [...found.values()].sort((a, b) => compareNames(a.path, b.path));
}
