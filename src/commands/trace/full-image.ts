import { MsbDepsError } from "../../base/errors.ts";
import { lineStage } from "../../dockerfile/line-stage.ts";
import { namedStage } from "../../dockerfile/named-stage.ts";
import { parseDockerfile } from "../../dockerfile/parse.ts";
import type { Image } from "../../engine/engine.ts";
import { buildRequest } from "../sources/engine-image.ts";
import { addedCopies, explicitCopies, shapeOf } from "../verify/images.ts";
import type { BuildWork } from "../verify/work.ts";

/**
 * The image of the full run: all that the builder has, with the artifacts at their destinations and the runtime stage's ENV,
 * WORKDIR and USER. With several builders, the first one; of the others, it has what is copied.
 */
export function buildFull(work: BuildWork): Promise<Image> {
  const { engine, request, signal, parsed, plan, base, examination } = work;
  const [builder] = plan.builders;
  if (builder === undefined) throw new MsbDepsError("usage", "the Dockerfile has no builder stage to trace in.");
  const { text, name } = namedStage(parsed, builder);
  const stage = lineStage({
    parsed: parseDockerfile(text),
    shape: shapeOf(work),
    base: name,
    install: null,
    copies: [...explicitCopies(work), ...addedCopies(work)],
    ldconfig: examination.analysis.notes.some(({ code }) => code === "needs-ldconfig"),
    user: base?.config.user ?? "",
  });
  return engine.build(buildRequest(request, { dockerfile: Buffer.from(stage.text), target: null }, signal));
}
