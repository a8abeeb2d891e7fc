import { goMatch, hasWildcards, literalPattern } from "../base/go-patterns.ts";
import { compareNames } from "../base/names.ts";
import { basename, dirname, joinPath, withoutSlash } from "../base/paths.ts";
import type { Steps } from "../base/steps.ts";
import { destinationOf, isCommonFolder } from "../dockerfile/copy.ts";
import type { CopyMapping } from "../dockerfile/plan.ts";
import { realPathOf } from "../snapshot/path.ts";
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
export function* place(mapping: CopyMapping, builder: LookedAtImage, base: FileSystemView): Steps<Placed[]> {
  const facts = {
    isFolder: (path: string) => isFolder(builder.view, path),
    isDestinationFolder: (path: string) => isCommonFolder(path) || isFolder(base, path),
  };
  const placed: Placed[] = [];
  for (const root of rootsOf(mapping.source, builder)) {
    yield;
    const found = realPathOf(builder.view, root);
    if (found.status !== "found") continue;
    if (found.entry !== null && found.entry.type !== "directory") {
      const named = mapping.pivot === null ? { ...mapping, source: literalPattern(root) } : mapping;
      for (const to of destinationOf(named, root, facts)) {
        placed.push({ from: found.path, to, type: "file", keepLink: false, mapping });
        const { archive } = builder.snapshot.files[firstFrom(found.path, builder)] ?? {};
        for (const member of membersOf(found.path, archive, to, builder)) placed.push({ ...member, mapping });
      }
      continue;
    }
    const real = mapping.pivot === null ? { ...mapping, source: literalPattern(found.path) } : mapping;
    for (const { path: from, type, archive, inside } of filesUnder(found.path, builder)) {
      yield;
      if (type === "absent" || inside !== undefined) continue;
      for (const to of destinationOf(real, from, facts)) {
        placed.push({ from, to, type, keepLink: type === "symlink", mapping });
        for (const member of membersOf(from, archive, to, builder)) placed.push({ ...member, mapping });
      }
    }
  }
  return placed;
}

/**
 * The members of an archive that lies at `to`. What a .deb has goes where dpkg puts it; where others are unpacked to is not
 * known: in a directory beside the archive, they are where they are for each other.
 */
function* membersOf(
  path: string,
  archive: FileFact["archive"],
  to: string,
  builder: LookedAtImage,
): Generator<Omit<Placed, "mapping">> {
  if (archive === undefined) return;
  const root = `${path}!`;
  for (const { path: from, type, inside } of filesUnder(root, builder)) {
    if (inside !== path || type === "directory") continue;
    const place = archive.kind === "deb" ? from.slice(root.length) : `${to}!${from.slice(root.length)}`;
    yield { from, to: place, type, keepLink: type === "symlink" };
  }
}

/** The facts of what is below a folder; they stand together, in the order of their paths. */
function* filesUnder(folder: string, builder: LookedAtImage): Generator<FileFact> {
  const { files } = builder.snapshot;
  const prefix = folder === "/" ? "/" : `${folder}/`;
  for (let at = firstFrom(prefix, builder); files[at]?.path.startsWith(prefix) === true; at += 1) {
    const fact = files[at];
    if (fact !== undefined && fact.path !== prefix) yield fact;
  }
}

/** The index of the first file whose path is not before the given one. */
function firstFrom(path: string, { snapshot: { files } }: LookedAtImage): number {
  let [low, high] = [0, files.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareNames(files[middle]?.path ?? "", path) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isFolder(view: FileSystemView, path: string): boolean {
  const found = realPathOf(view, path);
  return found.status === "found" && (found.entry === null || found.entry.type === "directory");
}

/** The paths that a source names: itself, or what its wildcards match. */
export function rootsOf(source: string, builder: LookedAtImage): string[] {
  const plain = withoutSlash(source);
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
    const parent = realPathOf(base, dirname(to));
    const at = parent.status === "found" ? joinPath(parent.path, basename(to)) : to;
    const entry = base.lstat(at);
    const link = typeof entry !== "string" && entry.type === "symlink";
    return link && to !== mapping.destination ? [{ path: from, link: at }] : [];
  });
}
