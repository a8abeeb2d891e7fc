import type { Engine, Image } from "../engine/engine.ts";
import type { LookRequest, Snapshot } from "../snapshot/snapshot.ts";
import { lookByArchive } from "./by-archive.ts";
import { lookByScript, NoPerl } from "./by-script.ts";

/** The ways of looking at an image; both give the same snapshot. */
export type Way = "script" | "archive";

/**
 * Looks at an image: by the script where the image has perl (Essential on Debian and Ubuntu), else by its files.
 *
 * @param only for tests: this way and no other
 */
export async function look(
  engine: Engine,
  image: Image,
  request: LookRequest,
  signal: AbortSignal,
  only?: Way,
): Promise<Snapshot> {
  if (only === "archive") return lookByArchive(engine, image, request, signal);
  try {
    return await lookByScript(engine, image, request, signal);
  } catch (error) {
    if (!(error instanceof NoPerl) || only === "script") throw error;
    return lookByArchive(engine, image, request, signal);
  }
}
