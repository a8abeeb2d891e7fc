import { MsbDepsError } from "../../base/errors.ts";
import { phase } from "../../base/phases.ts";
import type { BuildPlan, Stage } from "../../dockerfile/plan.ts";
import type { BuildRequest, Engine, Image } from "../../engine/engine.ts";
import { look } from "../../look/look.ts";
import type { GatherRequest } from "./gather-request.ts";
import { withIgnoredSources } from "./ignored-sources.ts";
import type { ImageSource, OpenImage } from "./image-source.ts";

/** `--image`: an image that the engine has or pulls. */
export const openEngineImage: ImageSource = async (reference, request) => {
  const { platform, pull, onEvent, signal } = request;
  const engine = await request.engine();
  const image = await phase(`get ${reference}`, () => engine.image(reference, { platform, pull, onEvent, signal }));
  return inEngine(engine, image, reference, request);
};

/** Builds a stage of the Dockerfile and opens it; the stage null is the last one. */
export async function openStage(
  engine: Engine,
  request: GatherRequest,
  stage: Stage | null,
  signal: AbortSignal,
): Promise<OpenImage> {
  const askLoader = request.options.engine === "ldd";
  const image = await buildStage(engine, request, stage, signal);
  return inEngine(engine, image, stage?.from ?? null, { askLoader, signal });
}

/** An image of an engine, open for inspection. */
export function inEngine(
  engine: Engine,
  image: Image,
  reference: string | null,
  { askLoader, signal }: { readonly askLoader: boolean; readonly signal: AbortSignal },
): OpenImage {
  return {
    reference,
    files: null,
    env: image.config.env,
    hasLoader: askLoader,
    ask: (request) => look(engine, image, request, signal),
    close: () => image.release(),
  };
}

/** Builds one stage of the Dockerfile; null is its last one. */
export async function buildStage(
  engine: Engine,
  request: GatherRequest,
  stage: Stage | null,
  signal: AbortSignal,
): Promise<Image> {
  const { dockerfile, plan } = request;
  if (dockerfile === null) throw new MsbDepsError("usage", "no Dockerfile given to build.");
  const what = targetOf(dockerfile.bytes, plan, stage);
  const build = () => engine.build(buildRequest(request, what, signal));
  return phase(`build ${stage?.name ?? "the stage"}`, build).catch(async (error: unknown) => {
    throw await withIgnoredSources(error, plan, dockerfile);
  });
}

/** What is built, with the context and the build options of the command line. */
export function buildRequest(
  { options, dockerfile, onEvent }: GatherRequest,
  what: Pick<BuildRequest, "dockerfile" | "target">,
  signal: AbortSignal,
): BuildRequest {
  return {
    ...what,
    dockerfilePath: dockerfile?.path ?? null,
    contextDir: dockerfile?.contextDir ?? null,
    buildArgs: options.buildArgs,
    platform: options.platform,
    noCache: options.noCache,
    pull: options.pull,
    settings: options.settings,
    onEvent,
    signal,
  };
}

/**
 * BuildKit can only build a stage that has a name, or the last one. A stage without a name is built as the last one: the
 * lines after it are cut off, which does not renumber the lines before.
 */
function targetOf(
  bytes: Uint8Array,
  plan: BuildPlan | null,
  stage: Stage | null,
): Pick<BuildRequest, "dockerfile" | "target"> {
  if (stage === null || stage.name !== null) return { dockerfile: bytes, target: stage?.name ?? null };
  const next = plan?.stages[stage.index + 1];
  return { dockerfile: next === undefined ? bytes : firstLines(bytes, next.line - 1), target: null };
}

function firstLines(bytes: Uint8Array, count: number): Uint8Array {
  let end = 0;
  for (let line = 0; line < count; line += 1) end = bytes.indexOf(0x0a, end) + 1;
  return bytes.subarray(0, end);
}
