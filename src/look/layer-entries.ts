import { decodeName } from "../base/names.ts";
import type { TarEntry } from "../oci/tar.ts";
import { type ContentPlace, type LayerTree, split } from "./layer-tree.ts";
import type { RawFile } from "./observations.ts";
import type { ContentSink } from "./observe-archive.ts";

/** What is kept of the contents of all files. */
const MOST_KEPT = 512 * 1024 * 1024;
/** PATH_MAX: what has a longer name no unpacker could make. */
const MOST_NAME = 4096;

/** What was seen of a file, whatever it is called in the end. */
export interface Content {
  readonly pieces: (readonly [offset: number, bytes: Uint8Array])[];
  names: readonly string[] | null;
}

/** An entry of a layer. */
export interface SeenEntry {
  readonly name: string;
  readonly linkName: string;
  readonly file: Omit<RawFile, "type"> & { readonly type: TarEntry["type"] };
  readonly place: ContentPlace;
  /** Of a regular file. */
  readonly content: Content | null;
}

/**
 * An entry of a layer's tar, without its contents.
 * @throws Error where no unpacker could make it
 */
export function seenEntry(entry: TarEntry, place: ContentPlace): SeenEntry {
  if (entry.name.length > MOST_NAME || entry.linkName.length > MOST_NAME)
    throw new Error(`a name of more than ${MOST_NAME} bytes`);
  const { type, mode, uid, gid, size } = entry;
  const content = type === "file" ? { pieces: [], names: null } : null;
  const file = { type, mode, uid, gid, size };
  return { name: decodeName(entry.name), linkName: decodeName(entry.linkName), file, place, content };
}

/** Its path by its own name; in the tree a link on the way may lead elsewhere. */
export function ownPath({ name }: SeenEntry): string {
  return `/${split(name).join("/")}`;
}

/** What an entry without its names and contents takes in memory, about. */
const ENTRY_BYTES = 512;

/** An entry that waits for lower layers counts among what is kept. */
export function keep(seen: SeenEntry, into: SeenEntry[], budget: Budget): void {
  spend(budget, ENTRY_BYTES + seen.name.length + seen.linkName.length);
  into.push(seen);
}

/** Lays an entry into the tree; its path there where it has one. */
export function apply(tree: LayerTree<Content>, { name, linkName, file, place, content }: SeenEntry): string | null {
  const { type, ...rest } = file;
  if (type === "hardlink") {
    tree.link(split(name), split(linkName), place.layer);
    return null;
  }
  const target = type === "symlink" ? { target: linkName } : {};
  const applied = tree.apply({ path: split(name), file: { type, ...rest, ...target }, place });
  if (applied !== null && content !== null) applied.node.content = content;
  return applied?.path ?? null;
}

/** How many bytes may still be kept. */
export interface Budget {
  left: number;
}

/** A fresh budget of one image. */
export function newBudget(): Budget {
  return { left: MOST_KEPT };
}

function spend(budget: Budget, bytes: number): void {
  budget.left -= bytes;
  if (budget.left < 0) throw new Error(`it needs more than ${MOST_KEPT} bytes of memory`);
}

/** Takes what is seen of a file's contents, and counts it. */
export function sinkOf(content: Content, budget: Budget): ContentSink {
  return {
    addBytes: (_, offset, bytes) => {
      spend(budget, bytes.length);
      // A part of what was read would keep all of it.
      content.pieces.push([offset, Buffer.from(bytes)]);
    },
    addStrings: (_, names) => {
      content.names = names;
    },
  };
}
