import { basename } from "../base/paths.ts";
import { type PackageSet, packageSet, readPackage } from "../debian/packages.ts";
import { parseKey } from "../debian/words.ts";
import type { ElfFacts } from "../elf/facts.ts";
import { abiOf, defaultFolders, mismatch } from "../loader/machine.ts";
import type { AptFacts } from "../snapshot/apt.ts";
import { realPathOf } from "../snapshot/path.ts";
import { snapshotView } from "../snapshot/snapshot-view.ts";
import type { FileSystemView } from "../snapshot/view.ts";

/** Where a file of a package of the archive is. */
export interface ArchiveFile {
  readonly package: string;
  readonly path: string;
  readonly realPath: string;
}

/** What apt can install in the runtime base, made ready for questions. */
export interface Archive {
  /** The candidates asked for and all that they may bring in; what is not in it, apt does not have. */
  readonly known: PackageSet;
  /** The files of the packages that were looked into, as they would be installed. */
  readonly view: FileSystemView;
  /** Whether apt was asked for a package: only then its absence says something. */
  wasAsked(name: string): boolean;
  /** The package that brings a soname to a folder of the loader's own, the best one first. */
  library(soname: string, wanted: ElfFacts | null): ArchiveFile | null;
  program(path: string): ArchiveFile | null;
}

/** The index of the view's layer among those provided, where builders have 0 and up. */
export const ARCHIVE = -1;

/** Opens what apt said. */
export function openArchive(facts: AptFacts, native: string): Archive {
  const packages = facts.packages.flatMap((stanza) => readPackage(stanza, native) ?? []);
  const view = snapshotView({ files: facts.contents.flatMap(({ files }) => files), listed: [] }, "archive");
  const owners = new Map<string, string[]>();
  for (const { package: name, architecture, files } of facts.contents) {
    for (const { path } of files) {
      const spelled = unmerged(path);
      owners.set(spelled, [...(owners.get(spelled) ?? []), `${name}:${architecture} ${path}`]);
    }
  }
  const at = (path: string): ArchiveFile | null => {
    const [first] = owners.get(unmerged(path)) ?? [];
    if (first === undefined) return null;
    const space = first.indexOf(" ");
    const own = first.slice(space + 1);
    const real = realPathOf(view, own);
    // A link into another package, which comes with it, is as good as a file.
    return { package: first.slice(0, space), path, realPath: real.status === "found" ? real.path : own };
  };
  return {
    known: packageSet(packages, native, { complete: true }),
    view,
    wasAsked: (name) => facts.asked.includes(name),
    library: (soname, wanted) =>
      findLibrary(soname, wanted, view, at) ?? behindAlternatives(soname, wanted, facts, view, at),
    program: at,
  };
}

/** apt was asked for a package and does not have it. */
export function isUnavailable(key: string, archive: Archive | null): boolean {
  return archive?.wasAsked(parseKey(key).name) === true && !archive.known.all.has(key);
}

function findLibrary(
  soname: string,
  wanted: ElfFacts | null,
  view: FileSystemView,
  at: (path: string) => ArchiveFile | null,
): ArchiveFile | null {
  for (const folder of defaultFolders(wanted === null ? null : abiOf(wanted))) {
    const file = at(`${folder}/${basename(soname)}`);
    if (file === null) continue;
    if (fits(file, wanted, view)) return file;
  }
  return null;
}

/** Whether it is an ELF file that a program of this kind can load. */
function fits(file: ArchiveFile, wanted: ElfFacts | null, view: FileSystemView): boolean {
  const entry = view.lstat(file.realPath);
  const reading = typeof entry === "string" ? null : entry.elf();
  return reading?.kind === "elf" && (wanted === null || mismatch(wanted, reading.facts) === null);
}

/** What update-alternatives links into a folder of the loader (`…/blas/libblas.so.3`) is no file of a package there. */
function behindAlternatives(
  soname: string,
  wanted: ElfFacts | null,
  facts: AptFacts,
  view: FileSystemView,
  at: (path: string) => ArchiveFile | null,
): ArchiveFile | null {
  const [folder = "/usr/lib"] = defaultFolders(wanted === null ? null : abiOf(wanted));
  for (const { path } of facts.contents.flatMap(({ files }) => files)) {
    if (path.endsWith(`/${basename(soname)}`) && !path.startsWith("/usr/lib/debug/")) {
      const file = at(path);
      if (file !== null && fits(file, wanted, view)) return { ...file, path: `${folder}/${basename(soname)}` };
    }
  }
  return null;
}

/** Packages of bookworm ship in /lib what trixie's have in /usr/lib; after the merge both are one. */
function unmerged(path: string): string {
  return path.startsWith("/usr/") ? path.slice("/usr".length) : path;
}
