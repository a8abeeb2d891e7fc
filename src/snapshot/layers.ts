import { compareNames } from "../base/names.ts";
import { basename, dirname, joinPath } from "../base/paths.ts";
import { finish, type Steps } from "../base/steps.ts";
import type { ElfReading } from "../elf/facts.ts";
import { isPlain, resolvePath } from "./path.ts";
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
  return finish(overlaySteps(base, layers));
}

/** {@link overlay}, with pauses. */
export function* overlaySteps(base: FileSystemView, layers: readonly Layer[]): Steps<FileSystemView> {
  let lower = base;
  for (const layer of layers) {
    const upper = new Upper(lower, layer);
    for (const placement of layer.placements) {
      upper.place(placement);
      yield;
    }
    lower = upper;
  }
  return lower;
}

class Upper implements FileSystemView {
  readonly #lower: FileSystemView;
  readonly #name: string;
  readonly #view: FileSystemView;
  /** By path: where the layer's view has it, or a folder that was made for it. */
  readonly #entries = new Map<string, string | ViewEntry>();
  /** The paths of what was put into each folder. */
  readonly #children = new Map<string, string[]>();
  /** Folders into which a folder went whose contents are not known. */
  readonly #partial = new Set<string>();
  /** Where the destination folders are. */
  readonly #folders = new Map<string, string>();

  constructor(lower: FileSystemView, { name, view }: Layer) {
    this.#lower = lower;
    this.#name = name;
    this.#view = view;
  }

  lstat(path: string): ViewEntry | "absent" | "unknown" {
    const own = this.#entries.get(path);
    if (own !== undefined) return typeof own === "string" ? this.#placed(path, own) : own;
    const below = this.#lower.lstat(path);
    return below === "absent" && this.#partial.has(dirname(path)) ? "unknown" : below;
  }

  list(path: string): readonly string[] | null {
    if (this.#partial.has(path)) return null;
    const below = this.#lower.list(path);
    const own = this.#children.get(path);
    if (own === undefined || below === null) return below;
    return [...new Set([...below, ...own.map(basename)])].sort(compareNames);
  }

  place({ from, to, keepLink = false }: Placement): void {
    const itself = this.#view.lstat(from);
    const isLink = typeof itself === "string" || itself.type === "symlink" || itself.type === "directory";
    // Most are files that are named by their real paths.
    if (!isLink || (keepLink && typeof itself !== "string")) this.#put(from, to);
    else this.#placeWhereItLeads(from, to);
  }

  #placeWhereItLeads(from: string, to: string): void {
    const start = resolvePath(this.#view, from);
    if (start.status !== "found") return;
    if (start.entry === null || start.entry.type === "directory") this.#placeFolder(start.path, to);
    else this.#put(start.path, to);
  }

  #placed(path: string, from: string): ViewEntry | "absent" {
    const entry = this.#view.lstat(from);
    return typeof entry === "string" ? "absent" : new PlacedEntry(path, this.#name, entry);
  }

  #placeFolder(from: string, to: string): void {
    const folder = this.#realFolder(to);
    const names = this.#view.list(from);
    if (names === null) this.#partial.add(folder);
    for (const name of names ?? []) {
      const path = joinPath(from, name);
      const entry = this.#view.lstat(path);
      if (entry === "absent" || entry === "unknown") continue;
      if (entry.type === "directory") this.#placeFolder(path, joinPath(folder, name));
      else this.#put(path, joinPath(folder, name));
    }
  }

  #put(entry: string | ViewEntry, to: string): void {
    const above = dirname(to);
    const folder = this.#realFolder(above);
    const path = folder === above ? to : joinPath(folder, basename(to));
    const isNew = !this.#entries.has(path);
    // Where folders are hangs on the links and folders on the way alone.
    if (this.#isOnTheWay(path)) this.#folders.clear();
    this.#entries.set(path, entry);
    if (this.#isOnTheWay(path)) this.#folders.clear();
    if (!isNew) return;
    const siblings = this.#children.get(folder);
    if (siblings === undefined) this.#children.set(folder, [path]);
    else siblings.push(path);
  }

  #isOnTheWay(path: string): boolean {
    const entry = this.lstat(path);
    return typeof entry !== "string" && (entry.type === "directory" || entry.type === "symlink");
  }

  /** Where a destination folder is, links of what lies below followed; made where it is not there. */
  #realFolder(path: string): string {
    if (path === "/" || path === "") return "/";
    let folder = this.#folders.get(path);
    if (folder === undefined) {
      folder = this.#findFolder(path);
      this.#folders.set(path, folder);
    }
    return folder;
  }

  #findFolder(path: string): string {
    // Beside the folder that it is in, which is known mostly, for the sake of long paths.
    const at = isPlain(path) ? joinPath(this.#realFolder(dirname(path)), basename(path)) : path;
    const entry = this.lstat(at);
    if (isPlain(path) && typeof entry !== "string" && entry.type === "directory") return at;
    const there = resolvePath(this, at);
    if (there.status === "found" && (there.entry === null || there.entry.type === "directory")) return there.path;
    const made = joinPath(this.#realFolder(dirname(path)), basename(path));
    this.#put(folderEntry(made, this.#name), made);
    return made;
  }
}

/** An entry of a layer's view at its place; made anew whenever it is asked for. */
class PlacedEntry implements ViewEntry {
  readonly path: string;
  readonly layer: string;
  readonly #entry: ViewEntry;

  constructor(path: string, layer: string, entry: ViewEntry) {
    this.path = path;
    this.layer = layer;
    this.#entry = entry;
  }

  get type(): ViewEntry["type"] {
    return this.#entry.type;
  }

  get mode(): number {
    return this.#entry.mode;
  }

  get target(): string | null {
    return this.#entry.target;
  }

  get source(): string {
    return this.#entry.source;
  }

  elf(): ElfReading {
    return this.#entry.elf();
  }
}
