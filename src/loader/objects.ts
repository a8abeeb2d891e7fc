import { basename } from "../base/paths.ts";
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

/**
 * Objects by the names that mean them: a name that one was asked by, its path, or its SONAME (_dl_name_match_p of
 * glibc). Where several have a name, the one that was mapped first has it.
 */
export class ObjectIndex {
  readonly #byName = new Map<string, LoadedObject>();
  readonly #byRealPath = new Map<string, LoadedObject>();

  constructor(objects: readonly LoadedObject[] = []) {
    for (const object of objects) this.add(object);
  }

  add(object: LoadedObject): void {
    const own = soname(object);
    for (const name of [...object.names, object.path, ...(own === null ? [] : [own])]) this.alias(name, object);
    if (!this.#byRealPath.has(object.realPath)) this.#byRealPath.set(object.realPath, object);
  }

  /** Another name by which an object was asked for. */
  alias(name: string, object: LoadedObject): void {
    if (!this.#byName.has(name)) this.#byName.set(name, object);
  }

  answering(name: string): LoadedObject | undefined {
    return this.#byName.get(name);
  }

  at(realPath: string): LoadedObject | undefined {
    return this.#byRealPath.get(realPath);
  }
}

/** The interpreter's SONAME is its file name on every port, so it is known even where the file is not. */
function soname(object: LoadedObject): string | null {
  if (object.facts !== null) return object.facts.soname;
  return object.role === "interpreter" ? basename(object.path) : null;
}
