import { compareNames } from "../base/names.ts";
import { folderOf, join, nameOf, resolvePath } from "./path.ts";
import { folderEntry } from "./snapshot-view.ts";
import type { FileSystemView, ViewEntry } from "./view.ts";

/** Files of one view that come to lie over others. */
export interface Layer {
  /** What its entries carry as `layer`. */
  readonly name: string;
  readonly view: FileSystemView;
  /**
   * `from` in the layer's view is put at `to`: a file as that file, a folder's contents into that folder. A link that
   * is named itself is followed, one inside of a folder is kept, as COPY does it.
   */
  readonly placements: readonly Placement[];
}

export interface Placement {
  readonly from: string;
  readonly to: string;
  /** The link itself is put there, not what it leads to. */
  readonly keepLink?: boolean;
}

/**
 * A file system with layers over it, each over those before. A folder of a layer that meets a link to a folder below
 * lands where that link leads: under a merged /usr, what is put into /lib is found in /usr/lib.
 */
export function overlay(base: FileSystemView, layers: readonly Layer[]): FileSystemView {
  return layers.reduce<FileSystemView>((lower, layer) => {
    const upper = new Upper(lower, layer.name);
    for (const placement of layer.placements) upper.place(layer.view, placement);
    return upper;
  }, base);
}

class Upper implements FileSystemView {
  readonly #lower: FileSystemView;
  readonly #name: string;
  readonly #entries = new Map<string, ViewEntry>();
  readonly #names = new Map<string, Set<string>>();
  /** Folders into which a folder went whose contents are not known. */
  readonly #partial = new Set<string>();

  constructor(lower: FileSystemView, name: string) {
    this.#lower = lower;
    this.#name = name;
  }

  lstat(path: string): ViewEntry | "absent" | "unknown" {
    const own = this.#entries.get(path);
    if (own !== undefined) return own;
    const below = this.#lower.lstat(path);
    return below === "absent" && this.#partial.has(folderOf(path)) ? "unknown" : below;
  }

  list(path: string): readonly string[] | null {
    if (this.#partial.has(path)) return null;
    const below = this.#lower.list(path);
    const own = this.#names.get(path);
    if (own === undefined || below === null) return below;
    return [...new Set([...below, ...own])].sort(compareNames);
  }

  place(view: FileSystemView, { from, to, keepLink = false }: Placement): void {
    const itself = keepLink ? view.lstat(from) : "absent";
    if (typeof itself !== "string") {
      this.#put(itself, this.#realFolder(folderOf(to)), nameOf(to));
      return;
    }
    const start = resolvePath(view, from);
    if (start.status !== "found") return;
    if (start.entry === null || start.entry.type === "directory") this.#placeFolder(view, start.path, to);
    else this.#put(start.entry, this.#realFolder(folderOf(to)), nameOf(to));
  }

  #placeFolder(view: FileSystemView, from: string, to: string): void {
    const folder = this.#realFolder(to);
    const names = view.list(from);
    if (names === null) this.#partial.add(folder);
    for (const name of names ?? []) {
      const entry = view.lstat(join(from, name));
      if (entry === "absent" || entry === "unknown") continue;
      if (entry.type === "directory") this.#placeFolder(view, join(from, name), join(folder, name));
      else this.#put(entry, folder, name);
    }
  }

  #put(entry: ViewEntry, folder: string, name: string): void {
    const path = join(folder, name);
    this.#entries.set(path, {
      path,
      type: entry.type,
      mode: entry.mode,
      target: entry.target,
      layer: this.#name,
      source: entry.source,
      elf: () => entry.elf(),
    });
    const names = this.#names.get(folder);
    if (names === undefined) this.#names.set(folder, new Set([name]));
    else names.add(name);
  }

  /** Where a destination folder is, links of what lies below followed; made where it is not there. */
  #realFolder(path: string): string {
    if (path === "/" || path === "") return "/";
    const there = resolvePath(this, path);
    if (there.status === "found" && (there.entry === null || there.entry.type === "directory")) return there.path;
    const folder = this.#realFolder(folderOf(path));
    const made = join(folder, nameOf(path));
    this.#put(folderEntry(made, this.#name), folder, nameOf(path));
    return made;
  }
}
