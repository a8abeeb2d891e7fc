import { basename } from "../base/paths.ts";
import type { ElfFacts } from "../elf/facts.ts";
import { parseListing } from "./listing.ts";
import { withoutAddresses } from "./loaders.ts";
import { DF_1_NODEFLIB } from "./places.ts";
import { definesVersion } from "./versions.ts";

/**
 * Where a loader finds names in ld.so.cache and the default directories, by one listing of a program with many preloaded
 * sonames: one process answers for hundreds of files. Valid for files whose libraries are looked up nowhere else.
 */
export interface DefaultLookup {
  /** The kernel's own object, which the loader lists first. */
  readonly vdso: readonly string[];
  /** The paths by the names that were asked for. */
  readonly paths: ReadonlyMap<string, string>;
}

/** A library as the loader opens it; null where it was not inspected. */
export type OpenedFacts = (path: string) => ElfFacts | null;

/** Reads what the loader printed; null if its errors are not only about names and versions that were not found. */
export function readDefaultLookup(output: string, errors: string): DefaultLookup | null {
  const vdso: string[] = [];
  const paths = new Map<string, string>();
  for (const line of parseListing(withoutAddresses(output))) {
    if (line.kind === "vdso") vdso.push(line.soname);
    else if (line.kind === "library" && !paths.has(line.soname)) paths.set(line.soname, line.path);
  }
  const lacking = new Set<string>();
  for (const line of parseListing(errors)) {
    if (line.kind === "version" || line.kind === "unversioned") lacking.add(line.requiredBy);
    else if (line.kind !== "preload") return null;
  }
  for (const [name, path] of paths) if (lacking.has(path)) paths.delete(name);
  return { vdso, paths };
}

/**
 * What the loader would list for a file, made of the answers about names: breadth first, each name once (glibc
 * elf/dl-deps.c). Null where something else than the names counts: search paths, filters, a name that was not found or that
 * two objects could answer to, a symbol version that is not defined. The loader is asked about such a file itself.
 */
export function listingByLookup(
  lookup: DefaultLookup,
  file: ElfFacts,
  loader: string,
  opened: OpenedFacts,
): string | null {
  if (!isLookedUpByDefault(file) || file.needed.length === 0) return null;
  if (file.interpreter !== null && file.interpreter !== loader) return null;
  const loaderName = basename(loader);
  // The loader, if it is needed first, is listed before the kernel's object (elf/rtld.c puts it after what it follows).
  if (file.needed[0] === loaderName) return null;
  const lines = lookup.vdso.map((name) => `\t${name}\n`);
  const found = new Map<string, ElfFacts | null>();
  const queue = [...file.needed];
  // Grows while it is gone through.
  for (const name of queue) {
    if (found.has(name)) continue;
    if (name === loaderName) {
      found.set(name, opened(loader));
      lines.push(`\t${loader}\n`);
      continue;
    }
    const path = lookup.paths.get(name);
    const facts = path === undefined ? null : opened(path);
    if (facts === null || !isLookedUpByDefault(facts) || name === file.soname || (facts.soname ?? name) !== name)
      return null;
    found.set(name, facts);
    lines.push(`\t${name} => ${path}\n`);
    for (const next of facts.needed) queue.push(next);
  }
  return hasVersions(file, found) ? lines.join("") : null;
}

/** Whether a file leaves it to the defaults where its libraries are (ld.so(8)). */
function isLookedUpByDefault({ rpath, runpath, filters, flags1 }: ElfFacts): boolean {
  return rpath === null && runpath === null && filters.length === 0 && (flags1 & DF_1_NODEFLIB) === 0;
}

/** Of the libraries themselves, the loader has checked it for the listing. */
function hasVersions({ versionNeeds }: ElfFacts, found: ReadonlyMap<string, ElfFacts | null>): boolean {
  return versionNeeds.every(({ file, versions }) => {
    const facts = found.get(file);
    return facts != null && versions.every(({ name }) => definesVersion(facts, name));
  });
}
