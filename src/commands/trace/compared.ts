import { type LookedAtImage, openImage } from "../../analysis/image.ts";
import { aptWord } from "../../debian/words.ts";
import type { Image } from "../../engine/engine.ts";
import { look } from "../../look/look.ts";
import { comparePaths, type Images } from "../../proof/trace/compare.ts";
import type { TracedPath } from "../../proof/trace/model.ts";
import { pathNamer, sourceOf } from "../../proof/trace/names.ts";
import { type SeenPath, seenPaths } from "../../proof/trace/seen.ts";
import { realPathOf } from "../../snapshot/path.ts";
import type { BuildWork } from "../verify/work.ts";
import type { CommandRun } from "./run-command.ts";

/** What a run asked for, and its image, which was looked at there. */
export interface SeenRun {
  readonly run: CommandRun;
  readonly seen: ReadonlyMap<string, SeenPath>;
}

/** The paths of a run without those of volumes. */
export function seenRun(run: CommandRun, volumes: readonly (readonly [string, string])[]): SeenRun {
  return {
    run,
    seen: seenPaths(
      run.accesses,
      volumes.map(([, target]) => target),
    ),
  };
}

/** Looks at an image where a full run found something. */
export async function lookAtFound(work: BuildWork, image: Image, full: SeenRun, layer: string): Promise<LookedAtImage> {
  const found = [...full.seen.values()].flatMap(({ path, there }) => (there ? [path] : []));
  const sources = found.flatMap((path) => sourceOf(path) ?? []);
  const paths = [...new Set([...found, ...sources])].filter((path) => !path.includes("\0"));
  const request = { artifactPaths: [], folders: [], paths, askLoader: false, searchStrings: false };
  return openImage(await look(work.engine, image, request, work.signal), layer);
}

/** What is compared: both runs, and both images as they are before a run. */
export interface Compared {
  readonly full: SeenRun;
  readonly lean: SeenRun;
  readonly fullImage: LookedAtImage;
  readonly leanImage: LookedAtImage;
  readonly alike: boolean;
}

/** The paths of a full run, judged by the lean image and the lean run. */
export function compared(work: BuildWork, { full, lean, fullImage, leanImage, alike }: Compared): TracedPath[] {
  const { scene } = work.examination;
  const images: Images = {
    place(path) {
      const found = realPathOf(fullImage.view, path);
      if (found.status !== "found") return null;
      return { path: found.path, directory: found.entry === null || found.entry.type === "directory" };
    },
    // What could not be looked at is not called missing.
    isInLean: (path) => !isAbsent(leanImage, path),
    name: pathNamer({
      full: fullImage,
      knowledge: work.input.knowledge,
      crossRelease: scene.builders[0]?.crossRelease === true,
      architecture: scene.architecture,
      isMisread: (name) => scene.misread(name) !== null,
    }),
    brought: installedWords(leanImage),
  };
  return comparePaths(full.seen, lean.seen, images, alike);
}

function isAbsent({ view }: LookedAtImage, path: string): boolean {
  const found = realPathOf(view, path);
  return found.status === "absent" || found.status === "loop";
}

/** The packages of an image as words of apt. */
export function installedWords({ installed, architecture }: LookedAtImage): ReadonlySet<string> {
  return new Set([...installed.set.all.keys()].flatMap((key) => aptWord(key, architecture) ?? []));
}
