import { readFile } from "node:fs/promises";
import { homedir, hostname } from "node:os";
import type { LookedAtBuilder } from "../analysis/input.ts";
import type { RuntimeBase } from "../analysis/runtime-base.ts";
import { MsbDepsError } from "../base/errors.ts";
import type { BuildPlan, Stage } from "../dockerfile/plan.ts";
import type { BuildRequest, Engine, Image } from "../engine/engine.ts";
import type { NamedEndpoint } from "../engine/named-endpoint.ts";
import { look } from "../look/look.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { basePlace } from "./builder-given.ts";
import { checkArtifacts, checkDpkg, hasDpkg } from "./checks.ts";
import type { Gathered, GatherRequest } from "./gather-request.ts";
import { baseRequest, lookWithLinks } from "./look-requests.ts";
import type { Io } from "./options.ts";

/** Opens the engine that is named, else the one that the user's docker command would use. */
export async function openEngine(io: Pick<Io, "env" | "signal">, named: NamedEndpoint): Promise<Engine> {
  const { connect } = await import("../engine/connect.ts");
  const connected = connect({
    env: io.env,
    home: io.env.HOME ?? homedir(),
    platform: process.platform,
    uid: process.getuid?.() ?? null,
    hostname: hostname(),
    readFile: (path) => readFile(path),
    signal: io.signal,
    named,
  });
  return connected.catch((cause: unknown) => {
    throw cause instanceof MsbDepsError && cause.code === "no-engine" ? withOtherWays(cause) : cause;
  });
}

function withOtherWays({ code, message, tried, hint }: MsbDepsError): MsbDepsError {
  const ways =
    "Without an engine: --oci takes a built image's archive, --rootfs an unpacked one, or / inside the builder itself.";
  return new MsbDepsError(code, message, { tried, hint: hint === null ? ways : `${hint} ${ways}` });
}

/** Builds and looks; every image that was made for it is released again, whatever happens. */
export async function gather(engine: Engine, request: GatherRequest, signal: AbortSignal): Promise<Gathered> {
  const builders: LookedAtBuilder[] = [];
  const leftOut: LookedAtBuilder[] = [];
  const stages: readonly (Stage | null)[] =
    request.plan === null || request.options.image !== null ? [firstBuilder(request.plan)] : request.plan.builders;
  for (const [index, stage] of stages.entries()) {
    const image = await builderImage(engine, request, stage, signal);
    const base = request.options.image ?? stage?.from ?? null;
    const paths = request.artifactPaths[index] ?? [];
    const snapshot = await lookAtBuilder(engine, image, paths, request.options.engine === "ldd", signal);
    // One of several may be of another kind (assets, a tool of Alpine); the analysis says that it was left out.
    if (!hasDpkg(snapshot) && stages.length > 1 && request.options.target === null) {
      leftOut.push({ stage, base, snapshot });
      continue;
    }
    checkDpkg(snapshot, stage, base);
    checkArtifacts(snapshot, request.plan, stage);
    builders.push({ stage, base, snapshot });
  }
  const [first] = builders.length === 0 ? leftOut : [];
  if (first !== undefined) checkDpkg(first.snapshot, first.stage, first.base);
  return { builders, base: await runtimeBase(engine, request, builders, signal) };
}

function firstBuilder(plan: BuildPlan | null): Stage | null {
  return plan?.builders[0] ?? null;
}

function builderImage(
  engine: Engine,
  request: GatherRequest,
  stage: Stage | null,
  signal: AbortSignal,
): Promise<Image> {
  const { options, onEvent } = request;
  if (options.image !== null)
    return engine.image(options.image, { platform: options.platform, pull: options.pull, onEvent, signal });
  return buildStage(engine, request, stage, signal);
}

/** Builds one stage of the Dockerfile; null is its last one. */
export function buildStage(
  engine: Engine,
  request: GatherRequest,
  stage: Stage | null,
  signal: AbortSignal,
): Promise<Image> {
  const { dockerfile, plan } = request;
  if (dockerfile === null) throw new MsbDepsError("usage", "there is no Dockerfile to build.");
  return engine.build(buildRequest(request, targetOf(dockerfile.bytes, plan, stage), signal));
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
 * BuildKit knows stages by name alone. One without a name is built as the last stage of the file: what stands behind it
 * is cut off, which moves no line before it.
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

async function lookAtBuilder(
  engine: Engine,
  image: Image,
  paths: readonly string[],
  askLoader: boolean,
  signal: AbortSignal,
): Promise<Snapshot> {
  try {
    return await lookWithLinks(paths, askLoader, (request) => look(engine, image, request, signal));
  } finally {
    await image.release();
  }
}

async function lookAtBase(
  engine: Engine,
  image: Image,
  request: GatherRequest,
  builders: readonly LookedAtBuilder[],
  signal: AbortSignal,
): Promise<Snapshot> {
  try {
    return await look(engine, image, baseRequest(request.plan, request.mappings, builders, image.config.env), signal);
  } finally {
    await image.release();
  }
}

/**
 * The base of the runtime stage, as the build would get it: another stage is built, an image is obtained for the same
 * platform. Where a tree or an archive is named for it, that is looked at.
 */
async function runtimeBase(
  engine: Engine,
  request: GatherRequest,
  builders: readonly LookedAtBuilder[],
  signal: AbortSignal,
): Promise<RuntimeBase | null> {
  if (request.options.runtime === "none") return { source: "none", reference: null };
  const given = basePlace(request.options);
  if (given !== null) {
    const { lookAtGivenBase } = await import("./given-base.ts");
    return lookAtGivenBase(given, request, builders, signal);
  }
  const found = await runtimeImage(engine, request, signal);
  if (found === null) return null;
  const { image, reference } = found;
  if (image === null) return { source: "none", reference };
  return { source: "image", reference, snapshot: await lookAtBase(engine, image, request, builders, signal) };
}

/** The image of the runtime base: null where there is no runtime stage, an image of null for `FROM scratch`. */
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
      `the base of the runtime stage, ${stage.fromText} in line ${stage.line}, has a variable without a value.`,
      { hint: "Give it with --build-arg NAME=value." },
    );
  }
  if (reference === null) return null;
  if (reference === "scratch") return { image: null, reference };
  const platform = stage?.platform ?? options.platform;
  const { contexts } = options.settings;
  // A named context may stand for a FROM; an image that the command line names is that image.
  const named = stage === null || plan?.runtimeImage != null ? {} : { contexts };
  return {
    image: await engine.image(reference, { platform, pull: options.pull, ...named, onEvent, signal }),
    reference,
  };
}
