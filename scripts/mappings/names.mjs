// What apt makes of a package name: the packages of a release, and the names that some of them only provide.

import { readFileSync } from "node:fs";

/** Virtual names that the table leaves out. */
const UNLISTED = readFileSync(new URL("../../mappings/unlisted-names.tsv", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("# "))
  .map((line) => new RegExp(line.split("\t")[0]));

/**
 * The names of a release.
 *
 * @param {readonly Record<string, string>[]} packages candidates with Package and Provides
 * @param {readonly Record<string, string>[]} others those of another architecture: names that only it has count as real, as
 *   nothing can be said of them without knowing the architecture
 * @returns the real names, and a map from names that are only provided to the packages that provide them
 */
export function namesOf(packages, others) {
  const real = new Set(packages.map(({ Package }) => Package));
  const provided = new Map();
  for (const [name, provider] of provisions(packages)) {
    if (real.has(name)) continue;
    provided.set(name, new Set([...(provided.get(name) ?? []), provider]));
  }
  const elsewhere = [...others.map(({ Package }) => Package), ...provisions(others).map(([name]) => name)];
  for (const name of elsewhere) if (!provided.has(name)) real.add(name);
  return { real, provided: new Map([...provided].map(([name, providers]) => [name, [...providers].sort()])) };
}

/** Pairs of a name and a package that provides it, those of the table. */
function provisions(packages) {
  return packages.flatMap(({ Package, Provides = "" }) =>
    providedNames(Provides).flatMap((name) => (UNLISTED.some((one) => one.test(name)) ? [] : [[name, Package]])),
  );
}

/** The names of a Provides field (Policy §7.5): `name`, `name (= version)`, `name:arch`. */
export function providedNames(field) {
  return field.split(",").flatMap((word) => word.trim().split(/[\s(:]/)[0] || []);
}
