import { decodeName } from "../base/names.ts";
import { components } from "../base/paths.ts";
import type { TarEntry } from "../oci/tar.ts";
import { PATH_MAX } from "../snapshot/path.ts";
import type { ContentPlace, LayerTree } from "./layer-tree.ts";
import type { RawFile } from "./observations.ts";
import type { ContentSink } from "./observe-archive.ts";

/** What is kept of the contents of all files, and of entries that wait for lower layers. */
const MAX_KEPT = 256 * 1024 * 1024;
/** What tells an ELF file or a script. */
const HEAD = 4;

/** What was seen of a file, whatever it is called in the end. */
export interface Content {
  /** The first four bytes of a file of which no more is kept, as of most files. */
  head: number | null;
  pieces: (readonly [offset: number, bytes: Uint8Array])[] | null;
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
  // What has a longer name no unpacker could make.
  if (entry.name.length > PATH_MAX || entry.linkName.length > PATH_MAX)
    throw new Error(`a name of more than ${PATH_MAX} bytes`);
  const { type, mode, uid, gid, size } = entry;
  const content = type === "file" ? { head: null, pieces: null, names: null } : null;
  const file = { type, mode, uid, gid, size };
  return { name: decodeName(entry.name), linkName: decodeName(entry.linkName), file, place, content };
}

/** Its path by its own name; in the tree a link on the way may lead elsewhere. */
export function ownPath({ name }: SeenEntry): string {
  return `/${components(name).join("/")}`;
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
    tree.link(components(name), components(linkName), place.layer);
    return null;
  }
  const target = type === "symlink" ? { target: linkName } : {};
  const applied = tree.apply({ path: components(name), file: { type, ...rest, ...target }, place });
  if (applied !== null && content !== null) applied.node.content = content;
  return applied?.path ?? null;
}

/** What a piece of contents without its bytes takes in memory, about. */
const PIECE_BYTES = 256;

/** How many bytes may still be kept. */
export interface Budget {
  left: number;
}

/** A fresh budget of one image. */
export function newBudget(): Budget {
  return { left: MAX_KEPT };
}

function spend(budget: Budget, bytes: number): void {
  budget.left -= bytes;
  if (budget.left < 0) throw new Error(`it needs more than ${MAX_KEPT.toLocaleString("en")} bytes of memory`);
}

/** Takes what is seen of a file's contents, and counts it. */
export function sinkOf(content: Content, budget: Budget): ContentSink {
  return {
    addBytes: (_, offset, bytes) => {
      if (bytes.length === 0) return;
      spend(budget, bytes.length);
      if (offset === 0 && bytes.length === HEAD && content.pieces === null) {
        content.head = Buffer.from(bytes).readInt32BE();
        return;
      }
      spend(budget, PIECE_BYTES);
      // A part of what was read would keep all of it.
      content.pieces ??= [];
      content.pieces.push([offset, Buffer.from(bytes)]);
    },
    addStrings: (_, names) => {
      content.names = names;
    },
  };
}

/** Hands on what was seen of a file's contents. */
export function giveContent({ head, pieces, names }: Content, path: string, into: ContentSink): void {
  if (head !== null) {
    const bytes = Buffer.alloc(HEAD);
    bytes.writeInt32BE(head);
    into.addBytes(path, 0, bytes);
  }
  for (const [offset, bytes] of pieces ?? []) into.addBytes(path, offset, bytes);
  if (names !== null) into.addStrings(path, names);
}
