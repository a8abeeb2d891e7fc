// What apt makes of a package name: the packages of a release, and the names that some of them only provide.

/** Virtual names that the table leaves out, as in src/debian/names.ts: crate features, and hashes of Haskell libraries. */
const LEFT_OUT = /^librust-.*-dev$|^libghc-.*-[0-9a-f]{5}$/;

/**
 * The names of a release.
 *
 * @param {readonly (readonly Record<string, string>[])[]} architectures candidates with Package and Provides, a list for
 *   each architecture; the first one says who provides a name, the others add names that it lacks
 * @returns the real names, and a map from names that are only provided to the packages that provide them
 */
export function namesOf(architectures) {
  const real = new Set(architectures.flatMap((packages) => packages.map(({ Package }) => Package)));
  const provided = new Map();
  for (const packages of architectures) {
    const own = new Map();
    for (const { Package, Provides } of packages) {
      for (const name of providedNames(Provides ?? "")) {
        if (real.has(name) || provided.has(name) || LEFT_OUT.test(name)) continue;
        own.set(name, new Set([...(own.get(name) ?? []), Package]));
      }
    }
    for (const [name, packages_] of own) provided.set(name, [...packages_].sort());
  }
  return { real, provided };
}

/** The names of a Provides field (Policy §7.5): `name`, `name (= version)`, `name:arch`. */
export function providedNames(field) {
  return field.split(",").flatMap((word) => word.trim().split(/[\s(:]/)[0] || []);
}
