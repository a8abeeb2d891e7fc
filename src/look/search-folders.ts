import { decodeName } from "../base/names.ts";
import type { ElfFacts } from "../elf/facts.ts";
import { PATH_MAX } from "../snapshot/path.ts";
import { parentOf } from "./observations.ts";

const PLATFORMS = ["x86_64", "haswell", "i686", "aarch64"];

/**
 * The folders that RPATH and RUNPATH of a file may mean, with every value that `$LIB` and `$PLATFORM` may have (ld.so(8),
 * "Dynamic string tokens"). Relative ones depend on where a program is started, and are left out.
 */
export function searchPathFolders(facts: ElfFacts, path: string, triplets: Iterable<string>): string[] {
  const entries = [facts.rpath, facts.runpath].filter((one) => one !== null).flatMap((one) => one.split(":"));
  const libs = ["lib", "lib64", "lib32", "libx32", ...[...triplets].map((triplet) => `lib/${triplet}`)];
  // A token may stand there a thousand times; nothing is at a path of such a length.
  const isPath = (entry: string): boolean => entry.length <= PATH_MAX;
  return entries
    .filter((entry) => isPath(entry) && originsIn(entry) * parentOf(path).length <= PATH_MAX)
    .map((entry) => replaceToken(entry, "ORIGIN", parentOf(path)))
    .filter(isPath)
    .flatMap((entry) => (/\$\{?LIB/.test(entry) ? libs.map((lib) => replaceToken(entry, "LIB", lib)) : [entry]))
    .flatMap((entry) =>
      /\$\{?PLATFORM/.test(entry) ? PLATFORMS.map((name) => replaceToken(entry, "PLATFORM", name)) : [entry],
    )
    .filter((entry) => entry.startsWith("/") && isPath(entry));
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
