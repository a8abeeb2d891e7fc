import type { CacheEntry } from "../../src/loader/cache.ts";
import { type LibraryResult, resolveProgram } from "../../src/loader/resolve.ts";
import type { LoaderSettings } from "../../src/loader/settings.ts";
import type { ElfRecipe } from "../elf/make-elf.ts";
import { completeView, INTERPRETER, library, type Made, program } from "./made-view.ts";

export type Files = Record<string, Made>;
export const ONE = { elf: { soname: "libone.so" } } as const;

/** What becomes of the needs of a program, `/bin/app`, with some files beside it and the loader. */
export function libraries(app: Made, files: Files, settings: LoaderSettings = {}): readonly LibraryResult[] {
  const all = { [INTERPRETER]: library("ld-linux-x86-64.so.2"), "/bin/app": app, ...files };
  return resolveProgram(completeView(all), "/bin/app", settings).libraries;
}

/** What becomes of a program's need of libone.so. */
export function one(app: ElfRecipe, files: Files, settings: LoaderSettings = {}): LibraryResult {
  const results = libraries(program(["libone.so"], app), files, settings);
  const [result] = results.filter(({ soname }) => soname === "libone.so");
  if (result === undefined) throw new Error("libone.so was not asked for");
  return result;
}

/** `VIA PATH`, or what it is instead of found. */
export function shown({ via, path, status }: LibraryResult): string {
  return status === "found" ? `${via} ${path}` : status;
}

/** libone.so in each of some folders. */
export function copies(...folders: string[]): Files {
  return Object.fromEntries(folders.map((folder) => [`${folder}/libone.so`, ONE]));
}

/** An entry for libone.so in the cache of amd64. */
export function cached(path: string, more: Partial<CacheEntry> = {}): CacheEntry {
  return { soname: "libone.so", path, flags: 0x303, hwcap: null, ...more };
}
