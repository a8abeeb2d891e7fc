import type { ElfFacts } from "../../src/elf/facts.ts";
import { readElf } from "../../src/elf/reader.ts";
import { bytesSource } from "../../src/elf/source.ts";
import type { FileFact } from "../../src/snapshot/snapshot.ts";
import { snapshotView } from "../../src/snapshot/snapshot-view.ts";
import type { FileSystemView } from "../../src/snapshot/view.ts";
import { type ElfRecipe, makeElf } from "../elf/make-elf.ts";

/** What stands at a path: an ELF file, a link, a folder, or nothing. */
export type Made = { elf: ElfRecipe } | { text: string } | { link: string } | "folder" | "file" | "absent";

/** The fact that a look would give of it. */
export function fileFact(path: string, made: Made): FileFact {
  const owner = { path, mode: 0o755, uid: 0, gid: 0, size: 0 };
  if (made === "folder") return { ...owner, type: "directory" };
  if (made === "file") return { ...owner, type: "file", size: 3 };
  if (made === "absent") return { ...owner, type: "absent", mode: 0 };
  if ("link" in made) return { ...owner, type: "symlink", target: made.link };
  const bytes = "text" in made ? Buffer.from(made.text) : makeElf(made.elf);
  return { ...owner, type: "file", size: bytes.length, ranges: [[0, bytes.toString("base64")]] };
}

/** A view over made files, with some folders listed in full. */
export function madeView(
  files: Readonly<Record<string, Made>>,
  listed: readonly string[] = [],
  layer = "base",
): FileSystemView {
  return snapshotView({ files: Object.entries(files).map(([path, made]) => fileFact(path, made)), listed }, layer);
}

/** The facts of a made ELF file. */
export function madeFacts(recipe: ElfRecipe): ElfFacts {
  const reading = readElf(bytesSource(makeElf(recipe)));
  if (reading.kind !== "elf") throw new Error(`a made file is ${reading.kind}`);
  return reading.facts;
}
