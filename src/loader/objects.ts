import type { ElfFacts } from "../elf/facts.ts";
import type { ViewEntry } from "../snapshot/view.ts";

/** An object that the loader has mapped: the program, a library, or the loader itself. */
export interface LoadedObject {
  readonly role: "program" | "library" | "interpreter";
  /** The path by which it was opened, as the loader prints it. */
  readonly path: string;
  /** The same file without links on the way. */
  readonly realPath: string;
  /** Null for an interpreter that is not there. */
  readonly entry: ViewEntry | null;
  /** Null where they could not be read. */
  readonly facts: ElfFacts | null;
  /** What `$ORIGIN` means in it. */
  readonly origin: string;
  /** Who had it loaded: its RPATH counts for this one's needs, and so on up. Null for the program and what it opens. */
  readonly loader: LoadedObject | null;
  /** The names by which it was asked for. */
  readonly names: Set<string>;
}

/** Whether a name means an object: a name that it was asked by, its path, or its SONAME (_dl_name_match_p of glibc). */
export function answersTo(object: LoadedObject, name: string): boolean {
  return object.names.has(name) || object.path === name || soname(object) === name;
}

/** The interpreter's SONAME is its file name on every port, so it is known even where the file is not. */
function soname(object: LoadedObject): string | null {
  if (object.facts !== null) return object.facts.soname;
  return object.role === "interpreter" ? object.path.slice(object.path.lastIndexOf("/") + 1) : null;
}
