import { StringDecoder } from "node:string_decoder";
import { setTimeout as delay } from "node:timers/promises";
import type Docker from "dockerode";
import { MsbDepsError, throwIfStopped } from "../../base/errors.ts";
import { asRecord, asText, type DockerConfig } from "../docker-config.ts";
import type { BuildRequest } from "../engine.ts";
import type { Leftover } from "../leftovers.ts";
import { EngineLost, malformed } from "../lost.ts";
import type { Credentials } from "../session/credentials.ts";
import type { SecretStore } from "../session/secrets.ts";
import type { Surroundings } from "../surroundings.ts";
import { engineText, statusCode } from "../transport.ts";
import { contextTar, SENT_DOCKERFILE } from "./context-tar.ts";
import { instructionFailure, pullFailure } from "./failure.ts";
import { isOfHeredoc } from "./instructions.ts";
import { lineOfPodmanStep } from "./locate.ts";
import { hiddenParts } from "./mask.ts";
import { PodmanProgress, type PodmanStep } from "./podman-progress.ts";
import { podmanQuery, SENT_SECRET } from "./podman-query.ts";

/** One build by `POST /build`. */
export interface ClassicBuild {
  readonly request: BuildRequest;
  /** The tag that the image gets. */
  readonly name: string;
  /** That tag, as it is to be removed. */
  readonly tag: Leftover;
  /** Milliseconds that the engine may leave a request without an answer. */
  readonly idleMs: number;
  readonly config: DockerConfig;
  readonly credentials: (host: string) => Promise<Credentials>;
  readonly secrets: SecretStore;
  readonly at: Surroundings;
}

/** A line of the answer longer than this is none. */
const MAX_LINE = 16 * 1024 * 1024;

/**
 * Builds with an engine that has no BuildKit: Podman. https://docs.docker.com/reference/api/engine/ (ImageBuild)
 * @throws MsbDepsError `build-failed`, `image-missing`, `stage-missing`, `interrupted`, `engine`, `engine-lost`
 */
export async function classicBuild(docker: Docker, build: ClassicBuild): Promise<void> {
  const { signal } = build.request;
  const progress = new PodmanProgress(build.request.onEvent, Date.now, hiddenParts(build.secrets.given));
  try {
    const failure = await answerOf(docker, build, progress);
    if (failure !== null) {
      progress.finish("failed");
      throw classicFailure(failure, progress.step, build.request);
    }
    progress.finish("done");
  } catch (error) {
    progress.finish("canceled");
    throwIfStopped(signal);
    throw error;
  }
}

/** Null if the build went well, else the engine's words. */
async function answerOf(docker: Docker, build: ClassicBuild, progress: PodmanProgress): Promise<string | null> {
  const asks = podmanQuery(build.request);
  const tar = await contextTar(build.request, build.at, await sentSecrets(build));
  // What goes wrong while the context is read is told here and not by the request, which only sees a broken stream.
  const broken = new Promise<never>((_, reject) => tar.once("error", reject));
  broken.catch(() => {});
  const over = new AbortController();
  try {
    const options = { ...(await query(build)), ...asks };
    build.tag.expect();
    const answer = answered(docker.buildImage(tar, options), progress);
    const failure = await Promise.race([answer, broken, pingBeside(docker, build.idleMs, over.signal)]);
    build.tag.settle();
    return failure;
  } catch (cause) {
    if (cause instanceof MsbDepsError || build.request.signal.aborted) throw cause;
    if (statusCode(cause) !== null) build.tag.settle();
    throw new MsbDepsError("engine", `the engine rejected the build: ${engineText(cause)}.`, {
      hint: "Check that the engine is running, see its log, and try again.",
      cause,
    });
  } finally {
    over.abort();
    tar.destroy();
  }
}

async function answered(asked: Promise<NodeJS.ReadableStream>, progress: PodmanProgress): Promise<string | null> {
  let failure: string | null = null;
  for await (const line of lines(await asked)) {
    const { stream, error } = messageOf(line);
    if (typeof stream === "string") progress.take(stream);
    failure ??= asText(error);
  }
  return failure;
}

function messageOf(line: string): Readonly<Record<string, unknown>> {
  try {
    return asRecord(JSON.parse(line));
  } catch (cause) {
    throw new EngineLost("building", malformed("valid JSON"), cause);
  }
}

/** A build may be silent for long: fails if the engine stops answering meanwhile. */
async function pingBeside(docker: Docker, idleMs: number, over: AbortSignal): Promise<never> {
  for (;;) {
    await delay(idleMs / 4, undefined, { signal: over });
    try {
      await docker.ping();
    } catch (error) {
      throw error instanceof EngineLost ? new EngineLost("building", error.loss, error) : error;
    }
  }
}

async function query({ request, name, config, credentials }: ClassicBuild): Promise<Docker.ImageBuildOptions> {
  return {
    t: name,
    dockerfile: SENT_DOCKERFILE,
    buildargs: { ...request.buildArgs },
    rm: true,
    forcerm: true,
    ...(request.target !== null && { target: request.target }),
    ...(request.platform !== null && { platform: request.platform }),
    ...(request.noCache && { nocache: true }),
    ...(request.pull && { pull: true }),
    registryconfig: await registryConfig(config, credentials),
  };
}

/** The one way in which this engine takes a secret; it moves them out of the context before it reads that. */
async function sentSecrets({ request, secrets }: ClassicBuild): Promise<Readonly<Record<string, Uint8Array>>> {
  const found: Record<string, Uint8Array> = {};
  for (const [number, { id }] of request.settings.secrets.entries()) {
    found[`${SENT_SECRET}${number}`] = (await secrets.get(id)) ?? new Uint8Array();
  }
  return found;
}

/** By host, for the engine to use each for its own: all that the configuration knows, as docker's own client sends it. */
async function registryConfig(
  config: DockerConfig,
  credentials: ClassicBuild["credentials"],
): Promise<Docker.RegistryConfig> {
  const found: Docker.RegistryConfig = {};
  for (const host of new Set([...Object.keys(config.auths), ...Object.keys(config.credHelpers)])) {
    const { username, secret } = await credentials(host);
    if (secret !== "") found[host] = { username, password: secret };
  }
  return found;
}

/** The answer's lines of JSON; a piece of it may end anywhere, also within a character. */
async function* lines(stream: AsyncIterable<Buffer | string>): AsyncGenerator<string> {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  for await (const chunk of stream) {
    rest += typeof chunk === "string" ? chunk : decoder.write(chunk);
    const found = rest.split("\n");
    rest = found.pop() ?? "";
    yield* found.filter((line) => line.trim() !== "");
    if (rest.length > MAX_LINE) throw new Error(`its response has a line of more than ${MAX_LINE} characters`);
  }
  if (rest.trim() !== "") yield rest;
}

/** The error of a build, from buildah's words. */
function classicFailure(words: string, step: PodmanStep | null, request: BuildRequest): MsbDepsError {
  const name = request.dockerfilePath ?? "the Dockerfile from standard input";
  const dockerfile = Buffer.from(request.dockerfile).toString("utf8");
  const text = words.trim().replace(/\.$/, "");
  const cause = new Error(words);
  if (/^The target "[^"]*" was not found/i.test(text)) {
    return new MsbDepsError("stage-missing", `the build of ${name} failed: ${text}.`, { cause });
  }
  const image = /(?:source docker:\/\/|short-name )"?(\S+?)"?: /.exec(text);
  if (image !== null) return pullFailure(image[1] ?? "", text, cause);
  const unknown = /Unknown instruction: "([^"]*)"/.exec(text)?.[1];
  if (unknown !== undefined && isOfHeredoc(dockerfile, unknown)) {
    return new MsbDepsError(
      "build-failed",
      `the build of ${name} failed: this engine does not support heredocs (<<).`,
      {
        tried: [`the engine's message: ${text.replace(/ &imagebuilder\.Step.*/s, "")}`],
        hint: "Use a newer Podman (5.4 works), or join the lines of the RUN with &&.",
        cause,
      },
    );
  }
  if (step === null) return new MsbDepsError("build-failed", `the build of ${name} failed: ${text}.`, { cause });
  const line = lineOfPodmanStep(dockerfile, step.stage, step.index, step.keyword);
  const exitCode = /exit status (\d+)$/.exec(text)?.[1];
  const reason = exitCode === undefined ? text.replace(/^building at STEP ".*?": /s, "") : `exit code ${exitCode}`;
  return instructionFailure(line === null ? name : `${name}:${line}`, step, reason, cause);
}
