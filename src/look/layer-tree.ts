import { components, joinPath } from "../base/paths.ts";
import type { RawFile } from "./observations.ts";

/** Where a file's contents stand: in which layer, as which entry of its tar. */
export interface ContentPlace {
  readonly layer: number;
  readonly entry: number;
}

/** What a layer says of one path: an entry of its tar. */
export interface LayerEntry {
  /** Components, without `.`; `..` is taken within the tree. */
  readonly path: readonly string[];
  readonly file: RawFile;
  readonly place: ContentPlace;
}

/** Something in the merged tree. */
export interface TreeNode<Content> {
  file: RawFile;
  /** The last layer that spoke of it. */
  layer: number;
  place: ContentPlace | null;
  /** What the caller keeps of the contents; names of one file (hard links) share it. */
  content: Content | null;
  /** Of a folder. */
  readonly children: Map<string, TreeNode<Content>> | null;
  /** Of a folder: its path, which never changes. */
  readonly path: string;
}

const WHITEOUT = ".wh.";
const OPAQUE = ".wh..wh..opq";
/** `.wh..wh.plnk` and the like, which AUFS kept for itself. */
const OF_AUFS = ".wh..wh.";
const MAX_LINKS = 40;
/** What is kept of one image in memory: a node takes about 200 bytes beside its name. */
const MAX_NODES = 1_000_000;
const MAX_NAME_CHARS = 128 * 1024 * 1024;
const MAX_DEPTH = 4096;
/** Nodes that whiteouts look at: each of them can lead again through all that its own layer has. */
const MAX_PRUNED = 20 * MAX_NODES;
/** What a path without an entry of its own is: a folder that an unpacker has to make. */
const MADE: RawFile = { type: "directory", mode: 0o755, uid: 0, gid: 0, size: 0 };

/**
 * Lays the layers of an image over each other, lowest first, as unpacking them would (OCI image-spec, layer.md:
 * "Applying Changesets", "Whiteouts"): links on the way are followed within the tree, a folder over a folder keeps its
 * entries, anything else replaces what was there, whiteouts take away what lower layers have and nothing of their own.
 */
export class LayerTree<Content> {
  readonly #root: TreeNode<Content> = node(MADE, -1, "/");
  #nodes = 0;
  #nameChars = 0;
  #pruned = 0;

  /**
   * Applies one entry; its node where it has one, with its path in the tree.
   * @throws Error where it cannot be applied: below a file, a whiteout of nothing, more than fits
   */
  apply({ path, file, place }: LayerEntry): { readonly node: TreeNode<Content>; readonly path: string } | null {
    const { layer } = place;
    const components = inTree(path);
    const name = components.pop();
    if (name === undefined) {
      if (file.type === "directory") Object.assign(this.#root, { file, layer });
      return null;
    }
    const parent = this.#folder(components, layer);
    if (name === OPAQUE) this.#prune(parent, layer);
    else if (name.startsWith(WHITEOUT)) this.#whiteout(parent, name, layer);
    else return { node: this.#put(parent, name, file, place), path: joinPath(parent.path, name) };
    return null;
  }

  /**
   * Gives a file another name.
   * @throws Error where there is no such file
   */
  link(path: readonly string[], target: readonly string[], layer: number): void {
    const found = this.#find(inTree(target));
    if (found === null || found.file.type === "directory")
      throw new Error(`a hard link to ${shown(target)}, which is not a file`);
    const components = inTree(path);
    const name = components.pop() ?? "";
    if (name.startsWith(WHITEOUT)) return;
    const linked = this.#put(this.#folder(components, layer), name, found.file, { layer, entry: 0 });
    Object.assign(linked, { place: found.place, content: found.content });
  }

  /** Takes everything out of the tree, folders before what they hold. */
  *empty(): Generator<{ readonly path: string; readonly node: TreeNode<Content> }> {
    yield { path: "/", node: this.#root };
    const folders = [this.#root];
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      for (const [name, child] of folder.children ?? []) {
        yield { path: joinPath(folder.path, name), node: child };
        folder.children?.delete(name);
        if (child.children !== null) folders.push(child);
      }
    }
  }

  #put(parent: TreeNode<Content>, name: string, file: RawFile, place: ContentPlace): TreeNode<Content> {
    const before = parent.children?.get(name);
    if (before?.file.type === "directory" && file.type === "directory") {
      return Object.assign(before, { file, layer: place.layer });
    }
    this.#count(name, file);
    const path = file.type === "directory" ? joinPath(parent.path, name) : "";
    const made = node<Content>(file, place.layer, path);
    if (file.type === "file") made.place = place;
    parent.children?.set(name, made);
    return made;
  }

  #count(name: string, { target = "" }: RawFile): void {
    this.#nodes += 1;
    this.#nameChars += name.length + target.length;
    if (this.#nodes > MAX_NODES) throw new Error(`more than ${MAX_NODES.toLocaleString("en")} files and directories`);
    if (this.#nameChars > MAX_NAME_CHARS)
      throw new Error(`more than ${MAX_NAME_CHARS.toLocaleString("en")} bytes of names`);
  }

  #whiteout(parent: TreeNode<Content>, name: string, layer: number): void {
    if (name.startsWith(OF_AUFS)) return;
    const hidden = name.slice(WHITEOUT.length);
    if (hidden === "" || hidden === "." || hidden === "..") throw new Error(`an invalid whiteout, ${name}`);
    const target = parent.children?.get(hidden);
    if (target === undefined) return;
    this.#prune(target, layer);
    if (isGone(target, layer)) parent.children?.delete(hidden);
  }

  /** Takes away what lower layers have in a folder; folders stay that hold something of this layer. */
  #prune(folder: TreeNode<Content>, layer: number): void {
    for (const [name, child] of folder.children ?? []) {
      this.#pruned += 1;
      if (this.#pruned > MAX_PRUNED) throw new Error("whiteouts that go through the same files again and again");
      this.#prune(child, layer);
      if (isGone(child, layer)) folder.children?.delete(name);
    }
  }

  /** The folder at a path, links followed; what lacks is made. */
  #folder(components: readonly string[], layer: number): TreeNode<Content> {
    const trail = [this.#root];
    const rest = components.toReversed();
    let links = 0;
    for (let name = rest.pop(); name !== undefined; name = rest.pop()) {
      const at = trail.at(-1) ?? this.#root;
      if (name === "..") {
        if (trail.length > 1) trail.pop();
        continue;
      }
      const next = at.children?.get(name) ?? this.#put(at, name, MADE, { layer, entry: 0 });
      if (trail.length > MAX_DEPTH) throw new Error(`directories nested more than ${MAX_DEPTH} deep`);
      if (next.file.type === "symlink") {
        links += 1;
        if (links > MAX_LINKS) throw new Error(`too many links in the path ${shown(components)}`);
        followLink(next.file.target ?? "", trail, rest);
      } else if (next.children === null) throw new Error(`${shown(components)} is inside a file`);
      else trail.push(next);
    }
    return trail.at(-1) ?? this.#root;
  }

  /** What lies at a path, links followed but for the last component; null where there is nothing. */
  #find(components: readonly string[]): TreeNode<Content> | null {
    const trail = [this.#root];
    const rest = components.toReversed();
    let links = 0;
    for (let name = rest.pop(); name !== undefined; name = rest.pop()) {
      if (name === "..") {
        if (trail.length > 1) trail.pop();
        continue;
      }
      const next = trail.at(-1)?.children?.get(name);
      if (next === undefined || links > MAX_LINKS) return null;
      if (next.file.type === "symlink" && rest.length > 0) {
        links += 1;
        followLink(next.file.target ?? "", trail, rest);
      } else trail.push(next);
    }
    return trail.at(-1) ?? null;
  }
}

/** Goes on along a link's target: `trail` ends where the link is, and what is left to go stands in `rest`, last first. */
function followLink<Content>(target: string, trail: TreeNode<Content>[], rest: string[]): void {
  if (target.startsWith("/")) trail.splice(1);
  for (const name of components(target).reverse()) rest.push(name);
}

function node<Content>(file: RawFile, layer: number, path: string): TreeNode<Content> {
  return { file, layer, place: null, content: null, children: file.type === "directory" ? new Map() : null, path };
}

function isGone<Content>(at: TreeNode<Content>, layer: number): boolean {
  return at.layer < layer && (at.children?.size ?? 0) === 0;
}

/** Without `..`, which an unpacker takes by the text of the name and never above the root. */
function inTree(components: readonly string[]): string[] {
  const kept: string[] = [];
  for (const name of components) {
    if (name === "..") kept.pop();
    else kept.push(name);
  }
  return kept;
}

function shown(components: readonly string[]): string {
  return `/${components.join("/")}`;
}
