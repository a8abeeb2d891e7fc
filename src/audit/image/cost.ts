import { compareNames } from "../../base/names.ts";
import { reachableFrom } from "../../debian/closure.ts";
import { type PackageSet, packageSet } from "../../debian/packages.ts";
import type { Cost } from "../finding-head.ts";

/**
 * What each of some packages costs: itself, and what apt-get autoremove would take with it (apt-get(8): automatically
 * installed, and no package that stays depends on it). Recommends are not counted as a reason to stay, as in an image
 * that is built with `--no-install-recommends`.
 *
 * @param installed all packages of the image
 * @param roots keys of those that stay by themselves: the base's, and those asked for
 */
export function costOf(key: string, installed: PackageSet, roots: ReadonlySet<string>): Cost {
  const others = [...roots].filter((one) => one !== key);
  const before = staying([...others, key], installed);
  const after = staying(others, installed);
  const orphans = [...before].filter((one) => one !== key && !after.has(one)).sort(compareNames);
  const gone = after.has(key) ? [] : [key, ...orphans];
  const sizes = gone.map((one) => installed.all.get(one)?.installedSize ?? 0);
  const names = orphans.map((one) => installed.all.get(one)?.name ?? one);
  return { kibibytes: sizes.reduce((sum, size) => sum + size, 0), orphans: gone.length === 0 ? [] : names };
}

/** All that is reached from some packages over every alternative that is installed. */
function staying(roots: readonly string[], installed: PackageSet): ReadonlySet<string> {
  const world = { base: packageSet([], installed.architecture), known: installed };
  return new Set([...roots, ...reachableFrom(roots, world)]);
}
