import { decodeName } from "../base/names.ts";
import { dirname } from "../base/paths.ts";
import type { ElfFacts } from "../elf/facts.ts";
import { PATH_MAX } from "../snapshot/path.ts";

/** The values that `$PLATFORM` and, on systems of all kinds, `$LIB` may have. */
export const PLATFORMS: readonly string[] = ["x86_64", "haswell", "i686", "aarch64"];
export const LIBS: readonly string[] = ["lib", "lib64", "lib32", "libx32"];
/** The directory of an architecture's libraries, as the source of a regular expression. */
export const TRIPLET = "[a-z0-9_]+-linux-[a-z0-9_]+";

/** Directories with libraries on Debian and Ubuntu, or links to such. */
export const DEFAULT_FOLDERS: readonly string[] = LIBS.flatMap((name) => [`/${name}`, `/usr/${name}`]);
export const LOCAL_FOLDERS: readonly string[] = ["/usr/local/lib", "/usr/local/lib64"];
/** Where the directories of architectures are. */
export const TRIPLET_PARENTS: readonly string[] = ["/lib", "/usr/lib", "/usr/local/lib"];
export const PROGRAM_FOLDERS: readonly string[] = ["/bin", "/sbin", "/usr/bin", "/usr/sbin"];

/**
 * Folders below a library folder in which glibc before 2.37 looks first, if the processor is of that name or can do that
 * (_dl_important_hwcaps of elf/dl-hwcaps.c, _dl_hwcap_string and _dl_platforms of sysdeps/, AT_PLATFORM of Linux).
 */
export const CAPABILITY_FOLDERS: readonly string[] = [
  ...["tls", "sse2", "x86_64", "avx512_1", "haswell", "xeon_phi", "i386", "i486", "i586", "i686", "aarch64", "atomics"],
  ...["v6l", "v7l", "v8l", "neon", "vfp", "altivec", "dfp", "power7", "power8", "power9", "power10"],
  ...["z10", "z196", "zEC12", "z13", "z14", "z15", "z16", "ldisp", "eimm", "te", "vx", "zarch"],
];

/**
 * The folders that RPATH and RUNPATH of a file may mean, with every value that `$LIB` and `$PLATFORM` may have (ld.so(8),
 * "Dynamic string tokens"). Relative ones count from /, where the loader is run.
 */
export function searchPathFolders(facts: ElfFacts, path: string, triplets: Iterable<string>): string[] {
  const entries = [facts.rpath, facts.runpath].flatMap((list) => (list ? list.split(":") : []));
  return expandedPaths(entries, path, triplets);
}

/** The libraries that a file names by their paths: the loader opens a name with a slash in it as it stands. */
export function namedFiles(facts: ElfFacts, path: string, triplets: Iterable<string>): string[] {
  const names = [...facts.needed, ...facts.filters, ...facts.audit].filter((name) => name.includes("/"));
  return expandedPaths(names, path, triplets);
}

function expandedPaths(entries: readonly string[], path: string, triplets: Iterable<string>): string[] {
  const libs = [...LIBS, ...[...triplets].map((triplet) => `lib/${triplet}`)];
  // A token may stand there a thousand times; nothing is at a path of such a length.
  const isPath = (entry: string): boolean => entry.length <= PATH_MAX;
  return entries
    .filter((entry) => isPath(entry) && originsIn(entry) * dirname(path).length <= PATH_MAX)
    .map((entry) => replaceToken(entry, "ORIGIN", dirname(path)))
    .filter(isPath)
    .flatMap((entry) => (/\$\{?LIB/.test(entry) ? libs.map((lib) => replaceToken(entry, "LIB", lib)) : [entry]))
    .flatMap((entry) =>
      /\$\{?PLATFORM/.test(entry) ? PLATFORMS.map((name) => replaceToken(entry, "PLATFORM", name)) : [entry],
    )
    .map((entry) => (entry.startsWith("/") ? entry : `/${entry}`))
    .filter(isPath);
}

function originsIn(entry: string): number {
  return entry.split("ORIGIN").length - 1;
}

function replaceToken(text: string, token: string, value: string): string {
  return text.replace(new RegExp(`\\$(?:${token}\\b|\\{${token}\\})`, "g"), () => value);
}

/** The folders of the entries of ld.so.cache: its strings that are paths. */
export function cachedFolders(cache: Uint8Array): string[] {
  const text = Buffer.from(cache.buffer, cache.byteOffset, cache.byteLength).toString("latin1");
  const folders = text.split("\0").flatMap((one) => /^(\/.*)\/[^/]+$/s.exec(one)?.[1] ?? []);
  return [...new Set(folders)].map((folder) => decodeName(Buffer.from(folder, "latin1")));
}
