import { dirname } from "../../src/base/paths.ts";
import type { ElfFacts } from "../../src/elf/facts.ts";
import { readElf } from "../../src/elf/reader.ts";
import { bytesSource } from "../../src/elf/source.ts";
import type { FileFact } from "../../src/snapshot/snapshot.ts";
import { snapshotView } from "../../src/snapshot/snapshot-view.ts";
import type { FileSystemView } from "../../src/snapshot/view.ts";
import { type ElfRecipe, makeElf } from "../elf/make-elf.ts";

/** What stands at a path: an ELF file, a link, a folder, or nothing. */
export type Made =
  | { elf: ElfRecipe; mode?: number }
  | { text: string }
  | { link: string }
  | "folder"
  | "file"
  | "absent";

/** The fact that a look would give of it. */
export function fileFact(path: string, made: Made): FileFact {
  const owner = { path, mode: 0o755, uid: 0, gid: 0, size: 0 };
  if (made === "folder") return { ...owner, type: "directory" };
  if (made === "file") return { ...owner, type: "file", size: 3 };
  if (made === "absent") return { ...owner, type: "absent", mode: 0 };
  if ("link" in made) return { ...owner, type: "symlink", target: made.link };
  const bytes = "text" in made ? Buffer.from(made.text) : makeElf(made.elf);
  const mode = "elf" in made ? (made.mode ?? owner.mode) : owner.mode;
  return { ...owner, mode, type: "file", size: bytes.length, ranges: [[0, bytes.toString("base64")]] };
}

/** A view over made files, with some folders listed in full. */
export function madeView(
  files: Readonly<Record<string, Made>>,
  listed: readonly string[] = [],
  layer = "base",
): FileSystemView {
  return snapshotView({ files: Object.entries(files).map(([path, made]) => fileFact(path, made)), listed }, layer);
}

/** The same, with every folder listed in full: what was not made is absent. */
export function completeView(files: Readonly<Record<string, Made>>): FileSystemView {
  const folders = Object.keys(files).flatMap((path) => foldersOf(path));
  return madeView(files, [...new Set(["/", ...folders])]);
}

function foldersOf(path: string): string[] {
  const folder = dirname(path);
  return folder === "/" ? [] : [folder, ...foldersOf(folder)];
}

/** The loader of amd64. */
export const INTERPRETER = "/lib64/ld-linux-x86-64.so.2";

/** A library with a SONAME. */
export const library = (soname: string, more: ElfRecipe = {}): Made => ({ elf: { soname, ...more } });

/** A program for amd64 that needs some libraries. */
export const program = (needed: string[], more: ElfRecipe = {}): Made => ({
  elf: { interpreter: INTERPRETER, needed, ...more },
});

/** The facts of a made ELF file. */
export function madeFacts(recipe: ElfRecipe): ElfFacts {
  const reading = readElf(bytesSource(makeElf(recipe)));
  if (reading.kind !== "elf") throw new Error(`a made file is ${reading.kind}`);
  return reading.facts;
}
