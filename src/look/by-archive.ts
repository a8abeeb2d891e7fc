import type { Readable } from "node:stream";
import { MsbDepsError } from "../base/errors.ts";
import { encodeName, isUtf8Name } from "../base/names.ts";
import { isUnder } from "../base/paths.ts";
import type { Engine, Image, ImageFiles } from "../engine/engine.ts";
import { readTar, type TarEntry } from "../oci/tar.ts";
import type { LookRequest, Snapshot } from "../snapshot/snapshot.ts";
import { askLoader, askOwners, type RunInside } from "./ask-inside.ts";
import { type FileSource, filesFailed, lookAtFiles, type Witnesses } from "./look-at-files.ts";
import type { Misses } from "./misses.ts";
import { Observations } from "./observations.ts";
import { observeImage, observeRanges, observeStrings } from "./observe-archive.ts";
import { imageFacts } from "./snapshot-build.ts";

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
  const inside: RunInside = (program) => engine.run({ ...program, image });
  const witnesses: Witnesses = {
    owners: (misses, into) => askOwners(inside, misses, into, signal),
    loader: (misses, into) => askLoader(inside, misses, into, signal),
  };
  try {
    const source = archiveSource(files);
    const roots = new Set(request.artifactPaths);
    await source.observe(observations, (path) => isUnder(path, roots));
    return await lookAtFiles(imageFacts(image), { source, witnesses, observations }, request, signal);
  } finally {
    await files.remove();
  }
}

function archiveSource(files: ImageFiles): FileSource {
  return {
    async observe(into, isArtifact) {
      const root = await files.archive("/");
      if (root === null) throw filesFailed("the engine provides no files of it");
      await intact(observeImage(root, into, isArtifact));
    },
    fetch: (misses, into) => fetchMisses(files, misses, into),
  };
}

async function fetchMisses(files: ImageFiles, misses: Misses, observations: Observations): Promise<void> {
  // Every entry of the image is in the stream: what is not known of it now cannot be known.
  for (const path of [...misses.stats, ...misses.lists]) observations.addFailure(path, "not in the engine's archive");
  for (const path of misses.strings) {
    const stream = await archiveOf(files, path);
    if (stream !== null) await intact(eachFile(stream, (entry) => observeStrings(entry, path, observations)));
    if (observations.strings(path) === undefined) observations.addFailure(path, "not in the engine's archive");
  }
  for (const [path, spans] of misses.reads) {
    const stream = await archiveOf(files, path);
    if (stream !== null) await intact(eachFile(stream, (entry) => observeRanges(entry, path, spans, observations)));
    const [start, end] = spans[0] ?? [0, 0];
    if (stream === null || observations.peek(path, start, end - start).length === 0) {
      observations.addFailure(path, "not in the engine's archive");
    }
  }
}

async function eachFile(stream: Readable, look: (entry: TarEntry) => Promise<void>): Promise<void> {
  for await (const entry of readTar(stream)) if (entry.type === "file") await look(entry);
}

/** The engine's interface takes text: a name that is none cannot be asked for. */
async function archiveOf(files: ImageFiles, path: string): Promise<Readable | null> {
  return isUtf8Name(path) ? files.archive(encodeName(path).toString("utf8")) : null;
}

async function intact(reading: Promise<void>): Promise<void> {
  try {
    await reading;
  } catch (cause) {
    if (cause instanceof MsbDepsError) throw cause;
    throw filesFailed(cause instanceof Error ? cause.message : String(cause), cause);
  }
}
