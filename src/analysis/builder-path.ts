import { posix } from "node:path";
import { mismatch } from "../loader/machine.ts";
import type { LibraryResult } from "../loader/resolve.ts";
import { folderOf, realPathOf } from "../snapshot/path.ts";
import type { FileSystemView, ViewEntry } from "../snapshot/view.ts";
import type { ArtifactFile } from "./artifact-files.ts";
import { openInBuilder } from "./dlopen.ts";
import type { BuilderPath, ResolvedArtifact } from "./resolved.ts";
import { type BuilderScene, layerOf } from "./scene.ts";

/**
 * Where the builder's loader finds a name for an artifact: as the loader said it of the artifact itself, else of the
 * library that asks, else by our own rules (a file of another architecture, a loader that could not be run).
 */
export function builderPath(
  artifact: Pick<ResolvedArtifact, "builder" | "file" | "path" | "choices">,
  soname: string,
  requiredBy: string,
  destination: FileSystemView,
): BuilderPath | null {
  const { builder, file } = artifact;
  const requester = requiredBy === artifact.path ? file.fact.path : sourceOf(requiredBy, builder, destination);
  for (const asked of new Set([file.fact.path, requester])) {
    if (asked === null) continue;
    const path = builder.answers.get(asked)?.libraries.get(soname) ?? null;
    const real = path === null ? null : realPathOf(builder.image.view, path);
    if (path === null || real?.status !== "found" || isOther(real.entry, file)) continue;
    return {
      path,
      realPath: real.path,
      place: () => placeOf(path, ownResult(), requester, requiredBy),
      byCache: () => ownResult()?.via === "cache",
    };
  }
  const own = ownResult();
  if (own?.path == null || own.realPath === null) return null;
  const { path, realPath } = own;
  return {
    path,
    realPath,
    place: () => placeOf(path, own, requester, requiredBy),
    byCache: () => own.via === "cache",
  };

  function ownResult(): LibraryResult | null {
    const opened = artifact.choices.flatMap((choice) => (choice.soname === soname ? [soname] : []));
    return requester === null ? null : byOwnRules(builder, requester, soname, opened);
  }
}

/** The same path, but for one that `$ORIGIN` led to: that moves along with the file whose folder `$ORIGIN` is. */
function placeOf(path: string, own: LibraryResult | null, requester: string | null, requiredBy: string): string {
  if (own?.path !== path || requester === null || own.folderText?.includes("ORIGIN") !== true) return path;
  return posix.normalize(`${folderOf(requiredBy)}/${posix.relative(folderOf(requester), path)}`);
}

/** The builder's file behind a path of the destination. */
function sourceOf(path: string, builder: BuilderScene, destination: FileSystemView): string | null {
  const found = realPathOf(destination, path);
  if (found.status !== "found" || found.entry === null) return null;
  const layer = layerOf(found.entry);
  return layer.kind !== "base" && layer.builder === builder.index ? found.entry.source : null;
}

function byOwnRules(
  builder: BuilderScene,
  asked: string,
  soname: string,
  opened: readonly string[],
): LibraryResult | null {
  const { libraries } = openInBuilder(builder, asked, opened);
  return libraries.find((one) => one.soname === soname && one.status === "found") ?? null;
}

/** A library of another machine: what said it was not the file's own loader. */
function isOther(entry: ViewEntry | null, { facts }: ArtifactFile): boolean {
  const reading = entry?.elf();
  return facts !== null && reading?.kind === "elf" && mismatch(facts, reading.facts) !== null;
}
