import { compareNames } from "../../base/names.ts";
import { heavierVerdict } from "./compare.ts";
import type { TracedPackage, TracedPath } from "./model.ts";

/** The packages of the paths, sorted, each with its paths. */
export function tracedPackages(paths: readonly TracedPath[]): TracedPackage[] {
  const all = new Map<string, TracedPath[]>();
  for (const one of paths) {
    if (one.package === null) continue;
    const list = all.get(one.package);
    if (list === undefined) all.set(one.package, [one]);
    else list.push(one);
  }
  return [...all]
    .sort(([a], [b]) => compareNames(a, b))
    .map(([name, own]) => {
      const missing = own.filter(({ state }) => state === "missing");
      const state = missing.length > 0 ? "missing" : own.some((one) => one.state === "present") ? "present" : "vain";
      const verdict = own.map((one) => one.verdict).reduce(heavierVerdict, null);
      return { package: name, verdict, state, paths: own };
    });
}

/** The packages that a line needs for the sake of a run: `required` and `used`. */
export function neededPackages(paths: readonly TracedPath[]): TracedPackage[] {
  return tracedPackages(paths).filter(({ verdict }) => verdict === "required" || verdict === "used");
}

/** Files that were used, and that no package is known to have: they have to be copied or made. */
export function unnamedFiles(paths: readonly TracedPath[]): TracedPath[] {
  return paths.filter(
    ({ package: name, verdict, directory }) =>
      name === null && !directory && (verdict === "required" || verdict === "used"),
  );
}

/** The names of all packages of which a run opened something, or looked for in vain: evidence that they are used. */
export function usedPackages(paths: readonly TracedPath[]): ReadonlySet<string> {
  return new Set(paths.flatMap(({ package: name, kind }) => (name === null || kind === "look" ? [] : [name])));
}
