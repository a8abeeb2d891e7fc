import { compareNames } from "../base/names.ts";
import { dirname, joinPath, withoutSlash } from "../base/paths.ts";
import type { ElfFacts } from "../elf/facts.ts";
import { resolvePath } from "../snapshot/path.ts";
import type { FileSystemView } from "../snapshot/view.ts";
import type { CacheEntry } from "./cache.ts";
import { abiOf, abiOfArchitecture } from "./machine.ts";

/** What a run of ldconfig leaves behind. */
export interface CacheBuild {
  /** The cache, in its order. */
  readonly entries: readonly CacheEntry[];
  /** The links from a SONAME to a file of another name, which it makes where they are not there. */
  readonly links: readonly { readonly path: string; readonly target: string }[];
  /** Folders that are not known in full. */
  readonly unknown: readonly string[];
}

/**
 * What ldconfig(8) of an architecture would write for some folders, in their order (glibc elf/ldconfig.c, search_dir;
 * elf/cache.c, compare). The path of an entry is the folder as it is written with the SONAME in it.
 */
export function makeCache(view: FileSystemView, folders: readonly string[], architecture: string): CacheBuild {
  const accepts = machinesOf(architecture);
  const seen = new Set<string>();
  const found: CacheEntry[] = [];
  const links: CacheBuild["links"][number][] = [];
  const unknown: string[] = [];
  const visit = (folder: string, hwcap: string | null): void => {
    const real = resolvePath(view, folder);
    if (real.status === "unknown") unknown.push(folder);
    if (real.status !== "found" || seen.has(real.path)) return;
    seen.add(real.path);
    const names = view.list(real.path);
    if (names === null) unknown.push(folder);
    for (const library of librariesIn(view, real.path, names ?? [], accepts)) {
      const name = hwcap === null ? library.soname : library.name;
      found.push({ soname: library.soname, path: joinPath(folder, name), flags: library.flags, hwcap });
      const linked = !library.isLink && library.name !== library.soname && hwcap === null;
      if (linked) links.push({ path: joinPath(real.path, library.soname), target: library.name });
    }
    if (hwcap !== null) return;
    const better = resolvePath(view, joinPath(real.path, "glibc-hwcaps"));
    for (const name of better.status === "found" ? (view.list(better.path) ?? []) : []) {
      if (!name.startsWith(".") && !name.includes(":")) visit(joinPath(folder, `glibc-hwcaps/${name}`), name);
    }
  };
  for (const folder of folders) visit(withoutSlash(folder), null);
  return { entries: found.sort(compareEntries), links: links.filter((link) => needsLink(view, link)), unknown };
}

interface Library {
  readonly name: string;
  readonly soname: string;
  readonly isLink: boolean;
  readonly flags: number;
}

/** The libraries of a folder, one for each SONAME: a file rather than a link, then the higher version. */
function librariesIn(
  view: FileSystemView,
  folder: string,
  names: readonly string[],
  accepts: (facts: ElfFacts) => number | null,
): readonly Library[] {
  const bySoname = new Map<string, Library>();
  for (const name of names) {
    const library = isLibraryName(name) ? libraryOf(view, folder, name, accepts) : null;
    if (library === null) continue;
    const other = bySoname.get(library.soname);
    if (other === undefined || isBetter(library, other)) bySoname.set(library.soname, library);
  }
  return [...bySoname.values()];
}

function isBetter(one: Library, other: Library): boolean {
  if (one.isLink !== other.isLink) return other.isLink;
  return compareLibraryNames(other.name, one.name) < 0;
}

/** `_dl_is_dso` of glibc, without the temporary files of prelink. */
function isLibraryName(name: string): boolean {
  if (/\.#prelink#(\.[^.]{6})?$/.test(name)) return false;
  return (/^(lib|ld-)/.test(name) && name.includes(".so")) || /^ld(64)?\.so\./.test(name);
}

function libraryOf(
  view: FileSystemView,
  folder: string,
  name: string,
  accepts: (facts: ElfFacts) => number | null,
): Library | null {
  const own = view.lstat(joinPath(folder, name));
  const real = resolvePath(view, joinPath(folder, name));
  if (own === "absent" || own === "unknown" || real.status !== "found" || real.entry?.type !== "file") return null;
  const reading = real.entry.elf();
  if (reading.kind !== "elf" || reading.facts.type !== "shared" || !reading.facts.dynamic) return null;
  const flags = accepts(reading.facts);
  if (flags === null) return null;
  const soname = reading.facts.soname ?? name;
  // A link counts as one only as SONAME itself or as the short name for the linker; else it stands for a file.
  const isLink = own.type === "symlink" && (name === soname || (name.endsWith(".so") && soname.startsWith(name)));
  return { name, soname: isLink ? name : soname, isLink, flags };
}

/** ldconfig makes the link unless there is a file, or a link that leads to the very library. */
function needsLink(view: FileSystemView, link: { readonly path: string; readonly target: string }): boolean {
  const own = view.lstat(link.path);
  if (own === "unknown" || (own !== "absent" && own.type !== "symlink")) return false;
  const there = resolvePath(view, link.path);
  const wanted = resolvePath(view, joinPath(dirname(link.path), link.target));
  return there.status !== "found" || wanted.status !== "found" || there.path !== wanted.path;
}

/** The flags of a library that the ldconfig of an architecture takes: of its own machine, on x86 both of them. */
function machinesOf(architecture: string): (facts: ElfFacts) => number | null {
  const x86 = ["amd64", "i386", "x32"];
  const arm = ["armhf", "armel"];
  const family = [x86, arm].find((some) => some.includes(architecture)) ?? [architecture];
  return (facts) => {
    // Objects marked with neither float ABI go with both.
    const unmarked = facts.machine === "arm" && arm.includes(architecture) ? abiOfArchitecture(architecture) : null;
    const abi = abiOf(facts) ?? unmarked;
    return abi !== null && family.includes(abi.architecture) ? abi.cacheFlags : null;
  };
}

function compareEntries(a: CacheEntry, b: CacheEntry): number {
  const byName = compareLibraryNames(b.soname, a.soname) || b.flags - a.flags;
  if (byName !== 0) return byName;
  if ((a.hwcap === null) !== (b.hwcap === null)) return a.hwcap === null ? 1 : -1;
  return a.hwcap === null || b.hwcap === null ? 0 : compareNames(a.hwcap, b.hwcap);
}

/** `_dl_cache_libcmp`: numbers by their value, and before them all else by bytes. */
export function compareLibraryNames(a: string, b: string): number {
  let [i, j] = [0, 0];
  while (i < a.length) {
    const [left, right] = [/^\d+/.exec(a.slice(i))?.[0], /^\d+/.exec(b.slice(j))?.[0]];
    if (left !== undefined && right !== undefined) {
      const byValue = Number(left) - Number(right);
      if (byValue !== 0) return byValue;
      i += left.length;
      j += right.length;
    } else if (left !== undefined) return 1;
    else if (right !== undefined) return -1;
    else if (a[i] !== b[j]) return j >= b.length ? 1 : compareNames(a[i] ?? "", b[j] ?? "");
    else {
      i += 1;
      j += 1;
    }
  }
  return j < b.length ? -1 : 0;
}
