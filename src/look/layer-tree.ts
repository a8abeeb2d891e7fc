import { childOf, type RawFile } from "./observations.ts";

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
}

const WHITEOUT = ".wh.";
const OPAQUE = ".wh..wh..opq";
/** `.wh..wh.plnk` and the like, which AUFS kept for itself. */
const OF_AUFS = ".wh..wh.";
const MOST_LINKS = 40;
const MOST_NODES = 4_000_000;
const MOST_DEPTH = 4096;
/** What a path without an entry of its own is: a folder that an unpacker has to make. */
const MADE: RawFile = { type: "directory", mode: 0o755, uid: 0, gid: 0, size: 0 };

/**
 * Lays the layers of an image over each other, lowest first, as unpacking them would (OCI image-spec, layer.md:
 * "Applying Changesets", "Whiteouts"): links on the way are followed within the tree, a folder over a folder keeps its
 * entries, anything else replaces what was there, whiteouts take away what lower layers have and nothing of their own.
 */
export class LayerTree<Content> {
  readonly #root: TreeNode<Content> = node(MADE, -1);
  #nodes = 0;

  /**
   * Applies one entry; its node where it has one, with its path in the tree.
   * @throws Error where it cannot be applied: below a file, a whiteout of nothing
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
    if (name === OPAQUE) prune(parent.node, layer);
    else if (name.startsWith(WHITEOUT)) this.#whiteout(parent.node, name, layer);
    else return { node: this.#put(parent.node, name, file, place), path: childOf(parent.path, name) };
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
    const linked = this.#put(this.#folder(components, layer).node, name, found.file, { layer, entry: 0 });
    Object.assign(linked, { place: found.place, content: found.content });
  }

  /** Where the contents of a file stand, by its path in the tree. */
  place(path: string): ContentPlace | null {
    let at: TreeNode<Content> | undefined = this.#root;
    for (const name of path.split("/").slice(1)) at = at?.children?.get(name);
    return at?.place ?? null;
  }

  /** Everything in the tree, folders before what they hold. */
  *entries(): Generator<{ readonly path: string; readonly node: TreeNode<Content> }> {
    const queue = [{ path: "/", node: this.#root }];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      yield next;
      const { path, node: at } = next;
      for (const [name, child] of at.children ?? []) queue.push({ path: childOf(path, name), node: child });
    }
  }

  #put(parent: TreeNode<Content>, name: string, file: RawFile, place: ContentPlace): TreeNode<Content> {
    const before = parent.children?.get(name);
    if (before?.file.type === "directory" && file.type === "directory") {
      return Object.assign(before, { file, layer: place.layer });
    }
    this.#nodes += 1;
    if (this.#nodes > MOST_NODES) throw new Error(`more than ${MOST_NODES} files and directories`);
    const made: TreeNode<Content> = { ...node<Content>(file, place.layer), place: file.type === "file" ? place : null };
    parent.children?.set(name, made);
    return made;
  }

  #whiteout(parent: TreeNode<Content>, name: string, layer: number): void {
    if (name.startsWith(OF_AUFS)) return;
    const hidden = name.slice(WHITEOUT.length);
    if (hidden === "" || hidden === "." || hidden === "..") throw new Error(`an invalid whiteout, ${name}`);
    const target = parent.children?.get(hidden);
    if (target === undefined) return;
    prune(target, layer);
    if (isGone(target, layer)) parent.children?.delete(hidden);
  }

  /** The folder at a path, links followed; what lacks is made. */
  #folder(components: readonly string[], layer: number): { readonly node: TreeNode<Content>; readonly path: string } {
    const trail = [{ node: this.#root, path: "/" }];
    let rest = [...components];
    for (let links = 0; rest.length > 0; ) {
      const name = rest.shift() ?? "";
      const at = trail.at(-1) ?? { node: this.#root, path: "/" };
      if (name === "..") {
        if (trail.length > 1) trail.pop();
        continue;
      }
      const next = at.node.children?.get(name) ?? this.#put(at.node, name, MADE, { layer, entry: 0 });
      if (trail.length > MOST_DEPTH) throw new Error(`directories nested more than ${MOST_DEPTH} deep`);
      if (next.file.type === "symlink") {
        links += 1;
        if (links > MOST_LINKS) throw new Error(`too many links in the path ${shown(components)}`);
        const target = next.file.target ?? "";
        if (target.startsWith("/")) trail.splice(1);
        rest = [...split(target), ...rest];
      } else if (next.children === null) throw new Error(`${shown(components)} is inside a file`);
      else trail.push({ node: next, path: childOf(at.path, name) });
    }
    return trail.at(-1) ?? { node: this.#root, path: "/" };
  }

  /** What lies at a path, links followed but for the last component; null where there is nothing. */
  #find(components: readonly string[]): TreeNode<Content> | null {
    const trail = [this.#root];
    let rest = [...components];
    for (let links = 0; rest.length > 0; ) {
      const name = rest.shift() ?? "";
      if (name === "..") {
        if (trail.length > 1) trail.pop();
        continue;
      }
      const next = trail.at(-1)?.children?.get(name);
      if (next === undefined || links > MOST_LINKS) return null;
      if (next.file.type === "symlink" && rest.length > 0) {
        links += 1;
        const target = next.file.target ?? "";
        if (target.startsWith("/")) trail.splice(1);
        rest = [...split(target), ...rest];
      } else trail.push(next);
    }
    return trail.at(-1) ?? null;
  }
}

function node<Content>(file: RawFile, layer: number): TreeNode<Content> {
  return { file, layer, place: null, content: null, children: file.type === "directory" ? new Map() : null };
}

/** Takes away what lower layers have in a folder; folders stay that hold something of this layer. */
function prune<Content>(folder: TreeNode<Content>, layer: number): void {
  for (const [name, child] of folder.children ?? []) {
    prune(child, layer);
    if (isGone(child, layer)) folder.children?.delete(name);
  }
}

function isGone<Content>(at: TreeNode<Content>, layer: number): boolean {
  return at.layer < layer && (at.children?.size ?? 0) === 0;
}

/** The components of a path's text. */
export function split(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
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
