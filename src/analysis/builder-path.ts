import { posix } from "node:path";
import { dirname } from "../base/paths.ts";
import { mismatch } from "../loader/machine.ts";
import { type LibraryResult, resolveProgram } from "../loader/resolve.ts";
import { realPathOf } from "../snapshot/path.ts";
import type { FileSystemView, ViewEntry } from "../snapshot/view.ts";
import type { ArtifactFile } from "./artifact-files.ts";
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
  const need: Asked = { artifact, soname, requester, requiredBy };
  const said = saidBy(file.fact.path, need) ?? (requester === null ? null : saidBy(requester, need));
  if (said !== null) return new Found(said.path, said.realPath, need);
  const own = ownResult(need);
  return own?.path == null || own.realPath === null ? null : new Found(own.path, own.realPath, need);
}

interface Asked {
  readonly artifact: Pick<ResolvedArtifact, "builder" | "file" | "choices">;
  readonly soname: string;
  readonly requester: string | null;
  readonly requiredBy: string;
}

class Found implements BuilderPath {
  readonly path: string;
  readonly realPath: string;
  readonly #asked: Asked;

  constructor(path: string, realPath: string, asked: Asked) {
    this.path = path;
    this.realPath = realPath;
    this.#asked = asked;
  }

  place(): string {
    const { requester, requiredBy } = this.#asked;
    return placeOf(this.path, ownResult(this.#asked), requester, requiredBy);
  }

  byCache(): boolean {
    return ownResult(this.#asked)?.via === "cache";
  }
}

/** What the builder's loader said of one file that it was asked about. */
function saidBy(asked: string, { artifact: { builder, file }, soname }: Asked) {
  const path = builder.answers.get(asked)?.libraries.get(soname) ?? null;
  const real = path === null ? null : realPathOf(builder.image.view, path);
  return path === null || real?.status !== "found" || isOther(real.entry, file) ? null : { path, realPath: real.path };
}

function ownResult({ artifact, soname, requester }: Asked): LibraryResult | null {
  const opened = artifact.choices.flatMap((choice) => (choice.soname === soname ? [soname] : []));
  return requester === null ? null : byOwnRules(artifact.builder, requester, soname, opened);
}

/** The same path, but for one that `$ORIGIN` led to: that moves along with the file whose folder `$ORIGIN` is. */
function placeOf(path: string, own: LibraryResult | null, requester: string | null, requiredBy: string): string {
  if (own?.path !== path || requester === null || own.folderText?.includes("ORIGIN") !== true) return path;
  return posix.normalize(`${dirname(requiredBy)}/${posix.relative(dirname(requester), path)}`);
}

/** The builder's file behind a path of the destination. */
function sourceOf(path: string, builder: BuilderScene, destination: FileSystemView): string | null {
  const found = realPathOf(destination, path);
  if (found.status !== "found" || found.entry === null) return null;
  const layer = layerOf(found.entry);
  return layer.kind !== "base" && layer.builder === builder.index ? found.entry.source : null;
}

const memory = new WeakMap<BuilderScene, Map<string, ReadonlyMap<string, LibraryResult>>>();

/** What a file finds of what it asks for itself, worked out once for all its needs. */
function byOwnRules(
  builder: BuilderScene,
  asked: string,
  soname: string,
  opened: readonly string[],
): LibraryResult | null {
  const known = memory.get(builder) ?? new Map<string, ReadonlyMap<string, LibraryResult>>();
  memory.set(builder, known);
  const key = [asked, ...opened].join("\0");
  let found = known.get(key);
  if (found === undefined) {
    const { view, cache } = builder.image;
    const settings = { cache, programOrigin: "given", opened, stopAt: () => true } as const;
    const { libraries } = resolveProgram(view, asked, settings);
    const first = libraries.filter(({ status }) => status === "found").toReversed();
    found = new Map(first.map((one) => [one.soname, one]));
    known.set(key, found);
  }
  return found.get(soname) ?? null;
}

/** A library of another machine: what said it was not the file's own loader. */
function isOther(entry: ViewEntry | null, { facts }: ArtifactFile): boolean {
  const reading = entry?.elf();
  return facts !== null && reading?.kind === "elf" && mismatch(facts, reading.facts) !== null;
}
