import { compareNames, sortByName } from "../../base/names.ts";
import { isUnder } from "../../base/paths.ts";
import type { Access } from "../../look/trace-run.ts";
import type { SeenKind } from "./model.ts";

/** All that a run did with one path. */
export interface SeenPath {
  readonly path: string;
  readonly kind: SeenKind;
  readonly directory: boolean;
  /** Something was there at one time. */
  readonly there: boolean;
  readonly by: readonly string[];
}

/** File systems of the kernel: nothing of them is of an image. */
const KERNEL = ["/proc", "/sys", "/dev"];
const MAX_PROGRAMS = 3;
const WEIGHT: Readonly<Record<SeenKind, number>> = { look: 0, list: 1, open: 2, exec: 3 };

/**
 * What a run asked for, by path and sorted, without what the kernel and volumes bring and what the run made itself.
 *
 * @param volumes where volumes are mounted
 */
export function seenPaths(accesses: readonly Access[], volumes: readonly string[]): ReadonlyMap<string, SeenPath> {
  const elsewhere = new Set([...KERNEL, ...volumes]);
  const made = new Set(accesses.flatMap(({ kind, path }) => (kind === "make" ? [path] : [])));
  const seen = new Map<string, SeenPath>();
  for (const { path, kind, there, by } of accesses) {
    if (kind === "make" || made.has(path) || !path.startsWith("/") || isUnder(path, elsewhere)) continue;
    seen.set(
      path,
      joined(seen.get(path), { path, kind, by, directory: there === "directory", there: there !== "nothing" }),
    );
  }
  return new Map(sortByName([...seen], ([path]) => path));
}

function joined(
  before: SeenPath | undefined,
  { path, kind, by, directory, there }: Omit<SeenPath, "by"> & { readonly by: string },
): SeenPath {
  const programs = by === "" ? [] : [by];
  if (before === undefined) return { path, kind, directory, there, by: programs };
  return {
    path,
    kind: heavier(before.kind, kind),
    directory: before.directory || directory,
    there: before.there || there,
    by: programsOf(before.by, programs),
  };
}

/** The weightier of two kinds. */
export function heavier(one: SeenKind, other: SeenKind): SeenKind {
  return WEIGHT[one] >= WEIGHT[other] ? one : other;
}

/** Programs of several sightings, each once, sorted, and not more than are shown. */
export function programsOf(...lists: readonly (readonly string[])[]): string[] {
  return [...new Set(lists.flat())].sort(compareNames).slice(0, MAX_PROGRAMS);
}
