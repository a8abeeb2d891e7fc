import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { json } from "node:stream/consumers";
import { finished } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import type Docker from "dockerode";
import { MsbDepsError, stopReason, throwIfStopped } from "../../base/errors.ts";
import { DEFAULT_PATH } from "../../base/paths.ts";
import { asRecord } from "../docker-config.ts";
import type { RunRequest, RunResult } from "../engine.ts";
import { removedVariables } from "../environment.ts";
import type { Leftover } from "../leftovers.ts";
import { CLOSED, EngineLost, malformed } from "../lost.ts";
import { engineText, statusCode } from "../transport.ts";
import { type Containers, createContainer, hardened } from "./create.ts";
import { Demultiplexer } from "./demux.ts";
import { opened } from "./opened.ts";

/** What a killed program leaves as its exit code: 128 + SIGKILL. */
const KILLED = 137;

/** So much of the standard error is kept; it is only shown. */
const KEPT_STDERR = 1024 * 1024;

/** So long after its timeout a program is ended by the engine, if not by us. */
const GRACE_SECONDS = 5;

/** Runs one program in a container that is gone when this returns, whatever happens. */
export async function run(containers: Containers, request: RunRequest): Promise<RunResult> {
  throwIfStopped(request.signal);
  const { container, leftover } = await createContainer(containers, containerOptions(request, containers));
  try {
    throwIfStopped(request.signal);
    return await attachAndStart(containers, container, request, leftover);
  } finally {
    await leftover.remove();
  }
}

function containerOptions(request: RunRequest, containers: Containers): Docker.ContainerCreateOptions {
  const options = opened(hardened(request.image.reference, request.command, containers), request);
  return {
    ...options,
    Env: environment(request, containers),
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    OpenStdin: true,
    // The engine ends the program's input when our connection goes, also when we are killed.
    StdinOnce: true,
    HostConfig: {
      ...options.HostConfig,
      AutoRemove: true,
      // The kernel's limit on each process, which no program without capabilities can raise. setrlimit(2)
      ...limits(request, containers),
    },
  };
}

const maxSeconds = ({ timeoutMs }: RunRequest): number => Math.ceil(timeoutMs / 1000) + GRACE_SECONDS;

/**
 * A name alone removes the image's variable (Docker's ContainerCreate, Env); Podman only knows empty values. The image's
 * PATH is replaced: without one, no program is found by its name.
 */
function environment(request: RunRequest, { podman }: Pick<Containers, "podman">): string[] {
  const removed = removedVariables(request);
  const path = removed.includes("PATH") ? [`PATH=${DEFAULT_PATH}`] : [];
  const others = removed.filter((name) => name !== "PATH").map((name) => (podman ? `${name}=` : name));
  return [...path, ...others, ...Object.entries(request.env).map(([name, value]) => `${name}=${value}`)];
}

/**
 * The kernel enforces the CPU time without trusting the image. Podman 4.3 sets the system's highest limits for what a
 * list of limits leaves out, which a Podman in a container may not do.
 */
function limits(request: RunRequest, { podman }: Pick<Containers, "podman">): Docker.HostConfig {
  if (request.may === "execute" || request.may === "trace") return {};
  const seconds = maxSeconds(request);
  const limit = (Name: string, value: number) => ({ Name, Soft: value, Hard: value });
  const others = podman ? [limit("nofile", 1024), limit("nproc", 4096)] : [];
  return { Ulimits: [limit("cpu", seconds), ...others] };
}

async function attachAndStart(
  { docker, idleMs, endLater }: Containers,
  container: Docker.Container,
  request: RunRequest,
  leftover: Leftover,
): Promise<RunResult> {
  let endedInTime = (): void => {};
  let stopped: RunResult["stopped"] = null;
  const stop = (why: RunResult["stopped"]) => {
    stopped ??= why;
    void leftover.remove();
  };
  const attached = await attach(docker, container);
  if (typeof attached === "string") return notStarted(attached);
  const collected = collect(attached, request.maxOutput, () => stop("output-limit"));
  const timer = setTimeout(() => stop("timeout"), request.timeoutMs);
  const over = new AbortController();
  try {
    const exited = await waitForExit(docker, container);
    const problem = await start(container);
    if (problem !== null) return notStarted(problem);
    if (endLater !== null) endedInTime = endLater(container.id, maxSeconds(request));
    attached.write(request.stdin);
    if (request.endStdin === true) attached.end();
    request.onStarted?.(container.id);
    void request.later?.then((bytes) => attached.write(bytes));
    const lost = watch(container, collected, idleMs, over.signal);
    const ended = Promise.all([exited(), collected.ended]);
    const [exitCode] = await Promise.race([ended, lost, whenStopped(request.signal, over.signal)]);
    if (stopped === null && collected.isCut()) throw new EngineLost("reading the output of a container", CLOSED);
    return result(exitCode, collected, stopped);
  } finally {
    over.abort();
    endedInTime();
    clearTimeout(timer);
    attached.destroy();
  }
}

/** Fails when the run is stopped; `over` ends the wait for that. */
function whenStopped(signal: AbortSignal, over: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = () => reject(stopReason(signal));
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { signal: over });
  });
}

/**
 * Looks after the engine while a program runs, which may be silent for long: fails if the engine does not answer, or if
 * the program has ended, no output comes any more, and the engine does not say so.
 */
async function watch(
  container: Docker.Container,
  { size }: Collected,
  idleMs: number,
  over: AbortSignal,
): Promise<never> {
  let before = -1;
  for (;;) {
    await delay(idleMs / 4, undefined, { signal: over });
    if (await isRunning(container)) continue;
    await delay(idleMs / 4, undefined, { signal: over });
    if (size() === before) throw new EngineLost(RUNNING, { why: ENDED_UNHEARD, silent: true });
    before = size();
  }
}

const RUNNING = "running a container";
const ENDED_UNHEARD = "it has ended, but the engine does not report its exit code or the end of its output";

async function isRunning(container: Docker.Container): Promise<boolean> {
  try {
    return (await container.inspect()).State.Running;
  } catch (error) {
    if (statusCode(error) === 404) return false;
    throw error instanceof EngineLost ? new EngineLost(RUNNING, error.loss, error) : error;
  }
}

interface Collected {
  readonly stdout: Buffer[];
  readonly stderr: Buffer[];
  /** Fails with `engine-lost` for what is no output of a container. */
  readonly ended: Promise<void>;
  /** Bytes that came so far. */
  readonly size: () => number;
  /** Whether it ended in the middle. */
  readonly isCut: () => boolean;
}

function collect(attached: Duplex, maxOutput: number, onLimit: () => void): Collected {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  const left = { out: maxOutput, error: KEPT_STDERR };
  let size = 0;
  const demultiplexer = new Demultiplexer((stream, bytes) => {
    if (stream === 2) {
      if (left.error > 0) stderr.push(bytes.subarray(0, left.error));
      left.error -= bytes.length;
      return;
    }
    if (left.out > 0) stdout.push(bytes.subarray(0, left.out));
    left.out -= bytes.length;
    if (left.out < 0) onLimit();
  });
  let malformedBy: unknown = null;
  // Also after its end: input that is still written then fails.
  attached.on("error", () => {});
  attached.on("data", (chunk: Buffer) => {
    size += chunk.length;
    try {
      demultiplexer.push(chunk);
    } catch (error) {
      malformedBy = error;
      attached.destroy();
    }
  });
  const ended = finished(attached, { writable: false }).then(
    () => {},
    () => {
      // A program that ends without reading its input breaks the pipe; what it wrote is whole all the same.
      if (malformedBy === null) return;
      throw new EngineLost("reading the output of a container", malformed("the output of a container"), malformedBy);
    },
  );
  ended.catch(() => {});
  return { stdout, stderr, ended, size: () => size, isCut: () => demultiplexer.isInside };
}

/**
 * Its input and output as one connection. Not by dockerode's own `attach`: it sends the query as a body as well, and what
 * comes behind the head of the request is input of the program for Podman. An empty body says that nothing does. Podman
 * looks for the program already here: then it is the reason why it cannot be started.
 */
function attach(docker: Docker, container: Docker.Container): Promise<Duplex | string> {
  return new Promise((resolve, reject) => {
    const options = {
      path: `/containers/${container.id}/attach?stream=1&stdin=1&stdout=1&stderr=1&`,
      method: "POST",
      hijack: true,
      file: Buffer.alloc(0),
      statusCodes: { 404: "no such container", 500: "server error" },
    };
    docker.modem.dial(options, (error: unknown, answer) => {
      if (!error) resolve(answer as Duplex);
      else if (statusCode(error) !== null && isProgramProblem(engineText(error))) resolve(engineText(error));
      else reject(error);
    });
  });
}

/**
 * Asks for the exit code before the start; returns once the engine has taken the question, so none can be missed. Of a
 * container that is removed by itself Podman 4 has forgotten the code when the condition `removed` holds.
 */
async function waitForExit(docker: Docker, container: Docker.Container): Promise<() => Promise<number>> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const options = {
      path: `/containers/${container.id}/wait?condition=next-exit&`,
      method: "POST",
      isStream: true,
      statusCodes: { 200: true, 404: "no such container", 500: "server error" },
    };
    docker.modem.dial(options, (error, answer) => (error ? reject(error) : resolve(answer as IncomingMessage)));
  });
  const answer = json(response).catch((error: unknown) => {
    throw error instanceof MsbDepsError ? error : new EngineLost(WAITING, malformed("valid JSON"), error);
  });
  // Awaited later, or never where the start fails.
  answer.catch(() => {});
  return async () => {
    const code = asRecord(await answer).StatusCode;
    if (typeof code !== "number") throw new EngineLost(WAITING, malformed("an exit code"));
    return code;
  };
}

const WAITING = "waiting for a container";

/** Null once started, else why the program could not be. */
async function start(container: Docker.Container): Promise<string | null> {
  try {
    await container.start();
    return null;
  } catch (cause) {
    if (cause instanceof MsbDepsError) throw cause;
    const text = engineText(cause);
    if (isProgramProblem(text)) return text;
    throw new MsbDepsError("engine", `the engine cannot start a container: ${text}.`, {
      hint: "See `docker info` and the engine's log.",
      cause,
    });
  }
}

/** Whether a failed start is about the program (absent, not executable, wrong format), not about the engine. */
function isProgramProblem(text: string): boolean {
  return /executable file .*not found|exec format error|exec: "[^"]*"|stat [^:]+: no such file or directory/.test(text);
}

function notStarted(reason: string): RunResult {
  const empty = Buffer.alloc(0);
  return { exitCode: 127, stdout: empty, stderr: empty, outOfMemory: false, notStarted: reason, stopped: null };
}

function result(exitCode: number, collected: Collected, stopped: RunResult["stopped"]): RunResult {
  const stdout = Buffer.concat(collected.stdout);
  const stderr = Buffer.concat(collected.stderr);
  // Where the kernel cannot load the program, the runtime says so itself on the standard error.
  const format = /^exec \S+: exec format error|exec user process caused: (.*)/m.exec(stderr.toString("latin1"));
  return {
    exitCode,
    stdout,
    stderr,
    // Nobody but the kernel kills it so: our own kill is told in `stopped`.
    outOfMemory: exitCode === KILLED && stopped === null,
    notStarted: format !== null && stdout.length === 0 ? (format[0] ?? null) : null,
    stopped,
  };
}
