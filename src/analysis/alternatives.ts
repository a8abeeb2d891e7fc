import { compareNames } from "../base/names.ts";
import { readShlibs, type ShlibsEntry, shlibsFor } from "../debian/shlibs.ts";
import { parseKey } from "../debian/words.ts";
import type { Scene } from "./scene.ts";

/**
 * What would do in place of a package, by the shlibs files of the builders (deb-shlibs(5)): `libblas 3 libblas3 |
 * libblas.so.3` says of libblas3 that anything that provides libblas.so.3 would. Sorted, without the package itself.
 */
export function alternativesOf(scene: Scene): (key: string, sonames: Iterable<string>) => readonly string[] {
  const byPackage = new Map<string, ShlibsEntry[]>();
  for (const entry of scene.builders.flatMap(({ image }) => readShlibs(image.snapshot.dpkg?.shlibs ?? []))) {
    const { name } = parseKey(entry.package);
    byPackage.set(name, [...(byPackage.get(name) ?? []), entry]);
  }
  return (key, sonames) => {
    const { name } = parseKey(key);
    const entries = [...sonames].flatMap((soname) => shlibsFor(soname, byPackage.get(name) ?? []));
    const choices = entries
      .flatMap(({ dependencies }) => dependencies)
      .flatMap(({ alternatives }) => (alternatives.length > 1 ? alternatives.map((relation) => relation.name) : []));
    return [...new Set(choices)].filter((other) => other !== name).sort(compareNames);
  };
}
