import { createHash, randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type Docker from "dockerode";
import { MsbDepsError, throwIfStopped } from "../../base/errors.ts";
import { readDirectives } from "../../dockerfile/directives.ts";
import { physicalLines } from "../../dockerfile/lines.ts";
import type { BuildEvent } from "../engine.ts";
import { type GrpcClient, grpcClient } from "../grpc/client.ts";
import { GrpcError } from "../grpc/status.ts";
import type { Leftover } from "../leftovers.ts";
import { EngineLost } from "../lost.ts";
import type { Patience } from "../patience.ts";
import { openSession, type Session, type SessionServices } from "../session/session.ts";
import { statusCode, upgrade } from "../transport.ts";
import { SolveRequest, StatusRequest } from "../wire/messages.ts";
import { buildFailure, type Failing, missingFrontend } from "./failure.ts";
import { withHostGateway } from "./host-gateway.ts";
import { hiddenParts } from "./mask.ts";
import { foreignFrontend, isDockersFrontend, lackingFrontend } from "./own-frontend.ts";
import { BuildProgress } from "./progress.ts";

/** One build, as BuildKit's Dockerfile frontend wants it. */
export interface Solve {
  /** The tag that the image gets. */
  readonly name: string;
  /** That tag, as it is to be removed. */
  readonly tag: Leftover;
  readonly patience: Patience;
  readonly attributes: Readonly<Record<string, string>>;
  readonly entitlements: readonly string[];
  /** The options of this build that the engine's own frontend would leave out. */
  readonly ownFrontendLacks: readonly string[];
  /** Tells the engine that a folder was sent before; made from whose folder it is. */
  readonly sourceKey: string;
  readonly failing: Failing;
  readonly services: Omit<SessionServices, "onFailure">;
  readonly onEvent: (event: BuildEvent) => void;
  readonly signal: AbortSignal;
}

/** How long the status stream may go on after the build ended, as in docker's own client. */
const STATUS_GRACE_MS = 3000;

/**
 * How long a build that was stopped is waited for. A step that runs is killed at once; an export goes on to its end, and
 * only then has the image its name, which is to be removed.
 */
const STOPPED_GRACE_MS = 1200;

/**
 * Builds with the engine's BuildKit and leaves the image under `name`. Where the frontend that a `# syntax=` line names
 * cannot be had and is Docker's, the engine's own edition of it builds.
 * @throws MsbDepsError `engine` where the engine's own frontend would leave an option out
 */
export async function solve(docker: Docker, build: Solve): Promise<void> {
  if (usesOwnFrontend(build) && build.ownFrontendLacks.length > 0) throw lackingFrontend(build.ownFrontendLacks);
  const progress = new BuildProgress(build.onEvent, hiddenParts(build.services.secrets.given));
  try {
    await solveOnce(docker, build, progress);
  } catch (error) {
    const frontend = missingFrontend(progress.failedStep);
    if (frontend === null || build.attributes.cmdline !== undefined || build.signal.aborted) throw error;
    if (!isDockersFrontend(frontend)) throw foreignFrontend(frontend, error);
    build.onEvent({
      type: "warning",
      message: `the frontend ${frontend} of the Dockerfile's syntax line could not be pulled; using the engine's built-in one (skip the attempt with --builtin-frontend)`,
      detail: error instanceof Error ? error.message : null,
      line: null,
      mustSee: true,
    });
    await solve(docker, { ...build, attributes: { ...build.attributes, cmdline: frontend } });
  }
}

/** The attribute `cmdline` says that a syntax was chosen already, so that a `# syntax=` line does not count. */
function usesOwnFrontend({ attributes, failing }: Solve): boolean {
  return attributes.cmdline !== undefined || readDirectives(physicalLines(failing.dockerfile)).syntax === null;
}

async function solveOnce(docker: Docker, build: Solve, progress: BuildProgress): Promise<void> {
  const { signal } = build;
  const { idleMs } = build.patience;
  let ownFailure: unknown = null;
  const close: (() => void)[] = [];
  try {
    const services: SessionServices = { ...build.services, onFailure: (error) => (ownFailure ??= error) };
    const sharedKey = createHash("sha256").update(build.sourceKey).digest("hex");
    const session = await openSession(docker, randomBytes(16).toString("hex"), sharedKey, services, idleMs);
    close.push(() => session.close());
    const client = await dialBuildKit(docker, idleMs);
    close.push(() => client.close());
    throwIfStopped(signal);
    const attributes = await withHostGateway(docker, client, build.attributes);
    await solveAndWatch(client, session, { ...build, attributes }, progress);
  } catch (error) {
    throwIfStopped(signal);
    const failure = ownFailure ?? buildFailure(error, progress.failedStep, build.failing);
    if (failure instanceof EngineLost) build.patience.lost();
    throw failure;
  } finally {
    for (const next of close) next();
  }
}

async function dialBuildKit(docker: Docker, idleMs: number): Promise<GrpcClient> {
  try {
    return grpcClient(await upgrade(docker, "/grpc", {}), idleMs);
  } catch (error) {
    if (statusCode(error) === null) throw error;
    throw noBuildKit(error);
  }
}

/** The error of an engine that has no BuildKit behind `/grpc`. */
function noBuildKit(cause: unknown): MsbDepsError {
  return new MsbDepsError(
    "engine",
    "this container engine supports neither BuildKit nor Podman's API, one of which msb-deps needs.",
    {
      tried: ["POST /session and POST /grpc of the engine's API"],
      hint: "Set DOCKER_HOST to Docker Engine 20.10 or later or to Podman, or build the image yourself and pass it with --image.",
      cause,
    },
  );
}

async function solveAndWatch(
  client: GrpcClient,
  session: Session,
  build: Solve,
  progress: BuildProgress,
): Promise<void> {
  const ref = randomBytes(16).toString("hex");
  const watched = watch(client, ref, progress);
  const request = SolveRequest.encode({
    ref,
    session: session.id,
    exporter: "moby",
    exporterAttrs: { name: build.name },
    frontend: "dockerfile.v0",
    frontendAttrs: build.attributes,
    entitlements: build.entitlements,
  });
  build.tag.expect();
  let grace = STATUS_GRACE_MS;
  try {
    // Without the session the build fails as well, on some engines only after a while.
    await Promise.race([client.unary("/moby.buildkit.v1.Control/Solve", request, build.signal), session.lost]);
    build.tag.settle();
  } catch (error) {
    if (error instanceof GrpcError) build.tag.settle();
    else grace = build.signal.aborted ? STOPPED_GRACE_MS : 0;
    throw error;
  } finally {
    // The last words of a failed step come on the other stream; it ends when the engine is done with the build.
    if (await endsWithin(watched, grace)) build.tag.settle();
  }
}

/** Whether the stream ends in time, by the engine's own word. */
async function endsWithin(end: Promise<boolean>, milliseconds: number): Promise<boolean> {
  const grace = new AbortController();
  const late = delay(milliseconds, false, { signal: grace.signal }).catch(() => false);
  return Promise.race([end, late]).finally(() => grace.abort());
}

/**
 * Shows the progress of a build, and tells whether its stream came to its end. Progress is a comfort: if its stream
 * fails, the build's own answer tells what there is to tell.
 */
async function watch(client: GrpcClient, ref: string, progress: BuildProgress): Promise<boolean> {
  try {
    const request = StatusRequest.encode({ ref });
    for await (const status of client.stream("/moby.buildkit.v1.Control/Status", request)) {
      progress.take(status);
    }
    return true;
  } catch {
    return false;
  }
}
