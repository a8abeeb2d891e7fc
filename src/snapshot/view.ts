import type { ElfReading } from "../elf/facts.ts";
import type { FileType } from "./snapshot.ts";

/** A file system as the loader would see it; what was never looked at is `unknown`, which is not the same as absent. */
export interface FileSystemView {
  /** The entry of a path none of whose components but the last is a symlink. */
  lstat(path: string): ViewEntry | "absent" | "unknown";
  /** The names in a folder (no symlinks on the way), sorted by bytes, or null where it is not known in full. */
  list(path: string): readonly string[] | null;
}

export interface ViewEntry {
  readonly path: string;
  readonly type: FileType;
  readonly mode: number;
  /** Where a symlink points. */
  readonly target: string | null;
  /** Which layer of the view the entry is from: `base`, `artifact`, `package` … */
  readonly layer: string;
  /** The path of the file in the image that it was seen in (differs from `path` for an artifact at its destination). */
  readonly source: string;
  /** The ELF reading of a regular file. */
  elf(): ElfReading;
}
