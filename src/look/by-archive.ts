import type { Readable } from "node:stream";
import type { Engine, Image, ImageFiles } from "../engine/engine.ts";
import { MsbDepsError } from "../errors.ts";
import { askLoader, askOwners } from "./ask-inside.ts";
import { encodeName, isUtf8Name } from "./bytes.ts";
import { Observations } from "./observations.ts";
import { observeImage, observeRanges, observeStrings } from "./observe-archive.ts";
import type { LookRequest, Snapshot } from "./snapshot.ts";
import { buildSnapshot, imageFacts } from "./snapshot-build.ts";
import { isComplete, type Misses } from "./tracker.ts";

/** The parts of a file of more than 32 MiB are fetched in some rounds, each with what the last one led to. */
const MOST_ROUNDS = 64;

/**
 * Looks at an image without perl: its files come as one tar stream of the archive endpoint, the loader and dpkg are
 * asked by sh where there is one. Slower by the time that it takes to read the whole image.
 */
export async function lookByArchive(
  engine: Engine,
  image: Image,
  request: LookRequest,
  signal: AbortSignal,
): Promise<Snapshot> {
  const observations = new Observations();
  const files = await engine.files(image, signal);
  try {
    const root = await files.archive("/");
    if (root === null) throw failed("the engine gives no files of it");
    await intact(observeImage(root, observations, (path) => isUnder(path, request.artifactPaths)));
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const { snapshot, misses } = buildSnapshot(imageFacts(image), request, observations);
      if (isComplete(misses)) return snapshot;
      await fetchMisses(files, misses, observations);
      await askOwners(engine, image, misses, observations, signal);
      await askLoader(engine, image, misses, observations, signal);
    }
  } finally {
    await files.remove();
  }
  throw failed(`it did not come to an end in ${MOST_ROUNDS} rounds`);
}

async function fetchMisses(files: ImageFiles, misses: Misses, observations: Observations): Promise<void> {
  // Every entry of the image is in the stream: what is not known of it now cannot be known.
  for (const path of [...misses.stats, ...misses.lists]) observations.addFailure(path, "not in the engine's archive");
  for (const path of misses.strings) {
    const stream = await archiveOf(files, path);
    if (stream !== null) await intact(observeStrings(stream, path, observations));
    if (observations.strings(path) === undefined) observations.addFailure(path, "not in the engine's archive");
  }
  for (const [path, spans] of misses.reads) {
    const stream = await archiveOf(files, path);
    if (stream !== null) await intact(observeRanges(stream, path, spans, observations));
    const [start, end] = spans[0] ?? [0, 0];
    if (stream === null || observations.peek(path, start, end - start).length === 0) {
      observations.addFailure(path, "not in the engine's archive");
    }
  }
}

/** The engine's interface takes text: a name that is none cannot be asked for. */
async function archiveOf(files: ImageFiles, path: string): Promise<Readable | null> {
  return isUtf8Name(path) ? files.archive(encodeName(path).toString("utf8")) : null;
}

function isUnder(path: string, roots: readonly string[]): boolean {
  return roots.some((root) => root === "/" || path === root || path.startsWith(`${root}/`));
}

async function intact(reading: Promise<void>): Promise<void> {
  try {
    await reading;
  } catch (cause) {
    if (cause instanceof MsbDepsError) throw cause;
    throw failed(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function failed(what: string, cause?: unknown): MsbDepsError {
  return new MsbDepsError("look-failed", `The look at the image's files failed: ${what}.`, {
    hint: "Run it again; if it stays, look at the engine's log.",
    cause,
  });
}
