import { MsbDepsError } from "../base/errors.ts";
import type { ImageFacts, LookRequest, Snapshot } from "../snapshot/snapshot.ts";
import type { Observations } from "./observations.ts";
import { buildSnapshot } from "./snapshot-build.ts";
import { isComplete, type Misses } from "./tracker.ts";

/** The files of an image, read from without: an engine's archive, a folder, the layers of an OCI archive. */
export interface FileSource {
  /** Brings what it can in one go, before anything is asked for; strings of the files that `isArtifact` says. */
  observe(into: Observations, isArtifact: (path: string) => boolean): Promise<void>;
  /** Brings what was missed; everything of it that cannot be had is a failure afterwards. */
  fetch(misses: Misses, into: Observations): Promise<void>;
}

/** Who says what the files alone do not: each ask is answered afterwards, if only with "it could not be run". */
export interface Witnesses {
  owners(misses: Misses, into: Observations): Promise<void>;
  loader(misses: Misses, into: Observations): Promise<void>;
}

/** The parts of a large file are fetched in some rounds, each with what the last one led to. */
const MOST_ROUNDS = 64;

/** Whether a path is one of the roots or below one. */
export function isUnder(path: string, roots: readonly string[]): boolean {
  return roots.some((root) => root === "/" || path === root || path.startsWith(`${root}/`));
}

/**
 * Makes the snapshot of an image out of its files, after `observe` has brought the first of them.
 * @throws MsbDepsError `look-failed` where it comes to no end
 */
export async function lookAtFiles(
  image: ImageFacts,
  source: FileSource,
  witnesses: Witnesses,
  request: LookRequest,
  observations: Observations,
): Promise<Snapshot> {
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const { snapshot, misses } = buildSnapshot(image, request, observations);
    if (isComplete(misses)) return snapshot;
    await source.fetch(misses, observations);
    await witnesses.owners(misses, observations);
    await witnesses.loader(misses, observations);
  }
  throw filesFailed(`it did not come to an end in ${MOST_ROUNDS} rounds`);
}

/** The error of a look at files. */
export function filesFailed(what: string, cause?: unknown): MsbDepsError {
  return new MsbDepsError("look-failed", `the look at the image's files failed: ${what}.`, {
    hint: "Run it again; if it stays, look at where the files come from: the engine's log, the archive.",
    cause,
  });
}
