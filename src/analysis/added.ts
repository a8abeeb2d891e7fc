import { compareNames } from "../base/names.ts";
import { parseKey } from "../debian/words.ts";
import type { Added, AddedPackage } from "./model.ts";
import type { PackageAnswer } from "./packages.ts";
import type { Scene } from "./scene.ts";

/** What apt unpacks for the line, with versions and sizes, as apt in the runtime base or the builders know them. */
export function addedPackages({ reduction, base, known }: PackageAnswer, scene: Scene): Added {
  const { closure, install, implied } = reduction;
  const keys = [...closure.must].sort(compareNames);
  const edges = new Map<string, Set<string>>();
  for (const { from, to } of closure.edges) edges.set(from, (edges.get(from) ?? new Set()).add(to));
  const packages = keys.map((key): AddedPackage => {
    const one = known.all.get(key);
    const bytes = one?.installedSize == null ? null : one.installedSize * 1024;
    return {
      ...parseKey(key),
      version: one?.version ?? null,
      replaces: base.all.get(key)?.version ?? null,
      bytes,
      listed: install.includes(key),
      needed: install.includes(key) || implied.has(key),
      depends: [...(edges.get(key) ?? [])].filter((to) => closure.must.has(to)).sort(compareNames),
    };
  });
  // An upgrade takes the place of the old files.
  const growth = keys.map((key) => {
    const size = known.all.get(key)?.installedSize ?? null;
    return size === null ? null : (size - (base.all.get(key)?.installedSize ?? 0)) * 1024;
  });
  return {
    packages,
    bytes: growth.reduce<number>((sum, one) => sum + (one ?? 0), 0),
    exact: growth.every((one) => one !== null) && closure.may.size === closure.must.size,
    from: packages.every(({ version }) => version === null) ? null : scene.archive === null ? "builder" : "apt",
  };
}
