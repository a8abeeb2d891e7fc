import { MsbDepsError } from "../base/errors.ts";
import { finishPaced } from "../base/steps.ts";
import type { ImageFacts, LookRequest, Snapshot } from "../snapshot/snapshot.ts";
import { openArchives } from "./archives/open.ts";
import { giveUp, isComplete, type Misses } from "./misses.ts";
import type { Observations } from "./observations.ts";
import { buildSnapshot } from "./snapshot-build.ts";

/** The files of an image, read from without: an engine's archive, a folder, the layers of an OCI archive. */
export interface FileSource {
  /** Brings what it can in one go, before anything is asked for; strings of the files that `isArtifact` says. */
  observe(into: Observations, isArtifact: (path: string) => boolean): Promise<void>;
  /** Brings what was missed; everything of it that cannot be had is a failure afterwards. */
  fetch(misses: Misses, into: Observations): Promise<void>;
}

/** Who says what the files alone do not: each ask is answered afterwards, if only with "it cannot be run". */
export interface Witnesses {
  owners(misses: Misses, into: Observations): Promise<void>;
  loader(misses: Misses, into: Observations): Promise<void>;
}

/** A look at files: where they come from, who is asked about them, and what was seen. */
export interface FileLook {
  readonly source: FileSource;
  readonly witnesses: Witnesses;
  readonly observations: Observations;
}

/** The parts of a large file are fetched in some rounds, each with what the last one led to. */
const MAX_ROUNDS = 64;

/** Makes the snapshot of an image out of its files, after `observe` has brought the first of them. */
export async function lookAtFiles(
  image: ImageFacts,
  { source, witnesses, observations }: FileLook,
  request: LookRequest,
  signal: AbortSignal,
): Promise<Snapshot> {
  for (let round = 0; ; round += 1) {
    const { snapshot, misses } = await finishPaced(buildSnapshot(image, request, observations), signal);
    if (isComplete(misses)) return snapshot;
    if (round < MAX_ROUNDS) {
      await openArchives(misses, observations, signal);
      await source.fetch(misses, observations);
      await witnesses.owners(misses, observations);
      await witnesses.loader(misses, observations);
    } else giveUp(misses, observations, MAX_ROUNDS);
  }
}

/** The error of a look at files. */
export function filesFailed(what: string, cause?: unknown): MsbDepsError {
  return new MsbDepsError("look-failed", `inspecting the image's files failed: ${what}.`, {
    hint: "Try again. If the error persists, check the source of the files: the engine's log, or the archive.",
    cause,
  });
}
