import { parseRelations, type RelationGroup } from "./relations.ts";

/** What a package's shlibs file says of one of its libraries. */
export interface ShlibsEntry {
  /** The package whose file it is, as dpkg names it (`name` or `name:arch`). */
  readonly package: string;
  readonly library: string;
  readonly version: string;
  /** What a user of the library depends on (`libblas3 | libblas.so.3`). */
  readonly dependencies: readonly RelationGroup[];
  readonly text: string;
}

/** A soname in the two parts that shlibs files use. */
export interface SonameParts {
  readonly library: string;
  readonly version: string;
}

/**
 * Parts a soname as dpkg-shlibdeps does (`split_soname`; deb-shlibs(5)): `libfoo.so.1` → libfoo, 1; `libfoo-1.2.so` →
 * libfoo, 1.2; null for any other name.
 */
export function splitSoname(soname: string): SonameParts | null {
  const stable = soname.lastIndexOf(".so.");
  if (stable > 0 && stable + 4 < soname.length) {
    return { library: soname.slice(0, stable), version: soname.slice(stable + 4) };
  }
  if (!soname.endsWith(".so")) return null;
  for (let at = soname.length - 5; at > 0; at--) {
    if (soname[at] !== "-" || !/[0-9]/.test(soname[at + 1] ?? "")) continue;
    return { library: soname.slice(0, at), version: soname.slice(at + 1, -3) };
  }
  return null;
}

/**
 * Reads the lines of a snapshot, each behind its package: `package[:arch]: [type:] library version dependencies`
 * (deb-shlibs(5)). Lines for other package types (`udeb:`) and comments are left out.
 */
export function readShlibs(lines: readonly string[]): ShlibsEntry[] {
  const entries: ShlibsEntry[] = [];
  for (const line of lines) {
    const part = line.indexOf(": ");
    if (part <= 0) continue;
    const words = line
      .slice(part + 2)
      .trim()
      .split(/\s+/);
    if (words[0]?.startsWith("#") === true) continue;
    if (words[0]?.endsWith(":") === true && words.shift() !== "deb:") continue;
    const [library, version, ...rest] = words;
    if (library === undefined || version === undefined) continue;
    const text = rest.join(" ");
    entries.push({ package: line.slice(0, part), library, version, dependencies: parseRelations(text), text });
  }
  return entries;
}

/** The entries for a soname: what would do in place of the package that happens to be installed. */
export function shlibsFor(soname: string, entries: readonly ShlibsEntry[]): ShlibsEntry[] {
  const parts = splitSoname(soname);
  if (parts === null) return [];
  return entries.filter((entry) => entry.library === parts.library && entry.version === parts.version);
}
