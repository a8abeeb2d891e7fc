import { goMatch, hasWildcards, literalPattern } from "../base/go-patterns.ts";
import { destinationOf, isCommonFolder } from "../dockerfile/copy.ts";
import type { CopyMapping } from "../dockerfile/plan.ts";
import { folderOf, join, realPathOf } from "../snapshot/path.ts";
import type { FileFact } from "../snapshot/snapshot.ts";
import type { FileSystemView } from "../snapshot/view.ts";
import type { LookedAtImage } from "./image.ts";

/** One file, link or folder of a builder at its place in the runtime stage. */
export interface Placed {
  /** The path in the builder, links resolved but for a link that COPY keeps. */
  readonly from: string;
  readonly to: string;
  readonly type: FileFact["type"];
  /** A link inside of a copied folder stays a link; one that is named itself is followed. */
  readonly keepLink: boolean;
  readonly mapping: CopyMapping;
}

/** What one COPY brings, entry by entry, in the order of the builder's paths. */
export function place(mapping: CopyMapping, builder: LookedAtImage, base: FileSystemView): Placed[] {
  const facts = {
    isFolder: (path: string) => isFolder(builder.view, path),
    isDestinationFolder: (path: string) => isCommonFolder(path) || isFolder(base, path),
  };
  return rootsOf(mapping.source, builder).flatMap((root) => {
    const found = realPathOf(builder.view, root);
    if (found.status !== "found") return [];
    const named = { ...mapping, source: literalPattern(root) };
    const real = { ...mapping, source: literalPattern(found.path) };
    if (found.entry !== null && found.entry.type !== "directory") {
      const to = destinationOf(mapping.pivot === null ? named : mapping, root, facts);
      return to.map((path) => ({ from: found.path, to: path, type: "file" as const, keepLink: false, mapping }));
    }
    const under = found.path === "/" ? "/" : `${found.path}/`;
    return builder.snapshot.files.flatMap((fact) => {
      if (fact.type === "absent" || !fact.path.startsWith(under)) return [];
      const to = destinationOf(mapping.pivot === null ? real : mapping, fact.path, facts);
      return to.map((path) => ({
        from: fact.path,
        to: path,
        type: fact.type,
        keepLink: fact.type === "symlink",
        mapping,
      }));
    });
  });
}

function isFolder(view: FileSystemView, path: string): boolean {
  const found = realPathOf(view, path);
  return found.status === "found" && (found.entry === null || found.entry.type === "directory");
}

/** The paths that a source names: itself, or what its wildcards match. */
export function rootsOf(source: string, builder: LookedAtImage): string[] {
  const plain = source === "/" ? source : source.replace(/\/+$/, "");
  if (!hasWildcards(plain)) return [plain];
  const depth = plain.split("/").length;
  return builder.snapshot.files
    .filter((fact) => fact.type !== "absent" && fact.path.split("/").length === depth && goMatch(plain, fact.path))
    .map((fact) => fact.path);
}

/** Folders that a COPY would put where the base has a link: BuildKit refuses to copy a folder onto one. */
export function brokenByLinks(placed: readonly Placed[], base: FileSystemView): { path: string; link: string }[] {
  return placed.flatMap(({ from, to, type, mapping }) => {
    if (type !== "directory") return [];
    const parent = realPathOf(base, folderOf(to));
    const at = parent.status === "found" ? join(parent.path, to.slice(to.lastIndexOf("/") + 1)) : to;
    const entry = base.lstat(at);
    const link = typeof entry !== "string" && entry.type === "symlink";
    return link && to !== mapping.destination ? [{ path: from, link: at }] : [];
  });
}
