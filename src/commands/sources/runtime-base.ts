import type { LookedAtBuilder } from "../../analysis/input.ts";
import type { RuntimeBase } from "../../analysis/runtime-base.ts";
import { MsbDepsError } from "../../base/errors.ts";
import { phase } from "../../base/phases.ts";
import type { Engine, Image } from "../../engine/engine.ts";
import { buildStage, inEngine } from "./engine-image.ts";
import type { GatherRequest } from "./gather-request.ts";
import { baseRequest } from "./look-requests.ts";
import { basePlace, builderPlace } from "./places.ts";

/**
 * The base of the runtime stage, as the build would get it: another stage is built, an image is obtained for the same
 * platform. A tree or archive that is named for it is inspected instead. If the builder came without an engine, the
 * tables describe the base. Null if there is no runtime stage and no base is named.
 */
export async function runtimeBase(
  request: GatherRequest,
  builders: readonly LookedAtBuilder[],
  engine: () => Promise<Engine>,
  signal: AbortSignal,
): Promise<RuntimeBase | null> {
  const { options } = request;
  if (options.runtime === "none") return { source: "none", reference: null };
  const given = basePlace(options);
  if (given !== null) {
    const { lookAtGivenBase } = await import("./given-base.ts");
    return lookAtGivenBase(given, request, builders, engine, signal);
  }
  const place = builderPlace(options);
  const [builder] = builders;
  if (place !== null && place.kind !== "image" && builder !== undefined) {
    const { declaredBase } = await import("./declared-base.ts");
    return declaredBase(request, builder.snapshot);
  }
  return engineBase(await engine(), request, builders, signal);
}

async function engineBase(
  engine: Engine,
  request: GatherRequest,
  builders: readonly LookedAtBuilder[],
  signal: AbortSignal,
): Promise<RuntimeBase | null> {
  const found = await runtimeImage(engine, request, signal);
  if (found === null) return null;
  const { image, reference } = found;
  if (image === null) return { source: "none", reference };
  const opened = inEngine(engine, image, reference, { askLoader: false, signal });
  const asked = baseRequest(request, builders, opened.env);
  return { source: "image", reference, snapshot: await opened.ask(asked).finally(() => opened.close()) };
}

/** The image of the runtime base: null if there is no runtime stage, an image of null for `FROM scratch`. */
export async function runtimeImage(
  engine: Engine,
  request: GatherRequest,
  signal: AbortSignal,
): Promise<{ readonly image: Image | null; readonly reference: string } | null> {
  const { plan, options, onEvent } = request;
  const stage = plan?.runtime ?? null;
  const parent = stage?.parent == null ? null : (plan?.stages[stage.parent] ?? null);
  if (parent !== null) {
    const image = await buildStage(engine, request, parent, signal);
    return { image, reference: parent.name ?? String(parent.index) };
  }
  const reference = plan?.runtimeImage ?? (stage === null ? options.runtime : stage.from);
  if (stage !== null && reference === null) {
    throw new MsbDepsError(
      "dockerfile-syntax",
      `the base of the runtime stage, ${stage.fromText} in line ${stage.line}, uses a variable without a value.`,
      { hint: "Set it with --build-arg NAME=value." },
    );
  }
  if (reference === null) return null;
  if (reference === "scratch") return { image: null, reference };
  const platform = stage?.platform ?? options.platform;
  const { contexts } = options.settings;
  // A named context may stand for a FROM; an image that the command line names is that image.
  const named = stage === null || plan?.runtimeImage != null ? {} : { contexts };
  return {
    image: await phase(`get ${reference}`, () =>
      engine.image(reference, { platform, pull: options.pull, ...named, onEvent, signal }),
    ),
    reference,
  };
}
