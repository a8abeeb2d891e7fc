import { archiveWishes } from "../analysis/archive-wishes.ts";
import type { AnalysisInput } from "../analysis/input.ts";
import type { Engine } from "../engine/engine.ts";
import { askApt } from "../look/ask-apt.ts";
import type { AptFacts } from "../snapshot/apt.ts";
import type { GatherRequest } from "./sources/gather-request.ts";
import { runtimeImage } from "./sources/runtime-base.ts";

/** `--online`: what apt in the runtime base says of the packages that the run came to; null where there is no apt. */
export async function askArchive(
  engine: Engine,
  request: GatherRequest,
  input: AnalysisInput,
  signal: AbortSignal,
): Promise<AptFacts | null> {
  const wishes = input.base.source === "image" ? archiveWishes(input) : null;
  if (wishes === null) return null;
  const found = await runtimeImage(engine, request, signal);
  if (found?.image == null) return null;
  try {
    return await askApt(engine, found.image, wishes, signal);
  } finally {
    await found.image.release();
  }
}
