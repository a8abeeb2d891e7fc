import { createHash, randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type Docker from "dockerode";
import { MsbDepsError } from "../../base/errors.ts";
import { readDirectives } from "../../dockerfile/directives.ts";
import { physicalLines } from "../../dockerfile/lines.ts";
import type { BuildEvent } from "../engine.ts";
import { type GrpcClient, grpcClient } from "../grpc/client.ts";
import { GrpcError } from "../grpc/status.ts";
import { openSession, type SessionServices } from "../session/session.ts";
import { statusCode, upgrade } from "../transport.ts";
import { SolveRequest, StatusRequest } from "../wire/messages.ts";
import { buildFailure, type Failing, interrupted, missingFrontend } from "./failure.ts";
import { withHostGateway } from "./host-gateway.ts";
import { hiddenParts } from "./mask.ts";
import { foreignFrontend, isDockersFrontend, lackingFrontend } from "./own-frontend.ts";
import { BuildProgress } from "./progress.ts";

/** One build, as BuildKit's Dockerfile frontend wants it. */
export interface Solve {
  /** The tag that the image gets. */
  readonly name: string;
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
 * How long an interrupted build is waited for. A step that runs is killed at once; an export goes on to its end, and
 * only then has the image its name, which is to be removed.
 */
const INTERRUPTED_GRACE_MS = 60_000;

/** After so long a wait the user is told of it. */
const WAITING_TOLD_MS = 1000;

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
      message: `the frontend ${frontend} of the Dockerfile's syntax line could not be pulled; the engine's own is used (--builtin-frontend takes it at once)`,
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
  let ownFailure: unknown = null;
  const close: (() => void)[] = [];
  try {
    const services: SessionServices = { ...build.services, onFailure: (error) => (ownFailure ??= error) };
    const sharedKey = createHash("sha256").update(build.sourceKey).digest("hex");
    const session = await openSession(docker, randomBytes(16).toString("hex"), sharedKey, services);
    close.push(() => session.close());
    const client = await dialBuildKit(docker);
    close.push(() => client.close());
    if (build.signal.aborted) throw interrupted();
    const attributes = await withHostGateway(docker, client, build.attributes);
    await solveAndWatch(client, session.id, { ...build, attributes }, progress);
  } catch (error) {
    if (build.signal.aborted) throw interrupted();
    throw ownFailure ?? buildFailure(error, progress.failedStep, build.failing);
  } finally {
    for (const next of close) next();
  }
}

async function dialBuildKit(docker: Docker): Promise<GrpcClient> {
  try {
    return grpcClient(await upgrade(docker, "/grpc", {}));
  } catch (error) {
    if (statusCode(error) === null) throw error;
    throw noBuildKit(error);
  }
}

/** The error of an engine that has no BuildKit behind `/grpc`. */
function noBuildKit(cause: unknown): MsbDepsError {
  return new MsbDepsError(
    "engine",
    "this container engine does not offer BuildKit, which msb-deps builds with, and is not Podman.",
    {
      tried: ["POST /session and POST /grpc of the engine's API"],
      hint: "Point DOCKER_HOST at a Docker Engine of 20.10 or later or at Podman, or build the image yourself and give it with --image.",
      cause,
    },
  );
}

async function solveAndWatch(
  client: GrpcClient,
  session: string,
  build: Solve,
  progress: BuildProgress,
): Promise<void> {
  const ref = randomBytes(16).toString("hex");
  const watched = watch(client, ref, progress);
  // Awaited below; a failure before that is not unhandled.
  watched.catch(() => {});
  const request = SolveRequest.encode({
    ref,
    session,
    exporter: "moby",
    exporterAttrs: { name: build.name },
    frontend: "dockerfile.v0",
    frontendAttrs: build.attributes,
    entitlements: build.entitlements,
  });
  try {
    await client.unary("/moby.buildkit.v1.Control/Solve", request, build.signal);
  } finally {
    // The last words of a failed step come on the other stream; it ends when the engine is done with the build.
    const { aborted } = build.signal;
    const told = setTimeout(() => aborted && build.onEvent(WAITING), WAITING_TOLD_MS);
    await endOrGrace(watched, aborted ? INTERRUPTED_GRACE_MS : STATUS_GRACE_MS);
    clearTimeout(told);
  }
}

const WAITING: BuildEvent = {
  type: "warning",
  message: "interrupted: waiting for the engine to end what it is at; interrupt again to leave at once",
  detail: null,
  line: null,
};

/** Waits for the end, but no longer than that. */
async function endOrGrace(end: Promise<void>, milliseconds: number): Promise<void> {
  const grace = new AbortController();
  await Promise.race([end, delay(milliseconds, undefined, { signal: grace.signal }).catch(() => {})]);
  grace.abort();
}

/** Progress is a comfort: where its stream fails, the build's own answer tells what there is to tell. */
async function watch(client: GrpcClient, ref: string, progress: BuildProgress): Promise<void> {
  try {
    const request = StatusRequest.encode({ ref });
    for await (const status of client.stream("/moby.buildkit.v1.Control/Status", request)) {
      progress.take(status);
    }
  } catch (error) {
    if (!(error instanceof GrpcError)) throw error;
  }
}
