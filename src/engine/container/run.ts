import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { json } from "node:stream/consumers";
import { finished } from "node:stream/promises";
import type Docker from "dockerode";
import { MsbDepsError } from "../../base/errors.ts";
import { asRecord } from "../docker-config.ts";
import type { RunRequest, RunResult } from "../engine.ts";
import type { Leftovers } from "../leftovers.ts";
import { engineText } from "../transport.ts";
import { createContainer, hardened, type Maker, removeContainer } from "./create.ts";
import { demultiplexer } from "./demux.ts";
import { opened } from "./opened.ts";

/** What a killed program leaves as its exit code: 128 + SIGKILL. */
const KILLED = 137;

/** So much of the standard error is kept; it is only shown. */
const KEPT_STDERR = 1024 * 1024;

/** Runs one program in a container that is gone when this returns, whatever happens. */
export async function run(docker: Docker, request: RunRequest, maker: Maker, leftovers: Leftovers): Promise<RunResult> {
  throwIfAborted(request.signal);
  const container = await createContainer(docker, containerOptions(request, maker));
  const remove = leftovers.add(() => removeContainer(container));
  try {
    throwIfAborted(request.signal);
    const result = await attachAndStart(docker, container, request, remove);
    await remove();
    return result;
  } catch (error) {
    // Where the engine is gone, why it went matters more than the container.
    await remove().catch(() => {});
    throw error;
  }
}

function containerOptions(request: RunRequest, maker: Maker): Docker.ContainerCreateOptions {
  const options = opened(hardened(request.image.reference, request.command, maker), request);
  return {
    ...options,
    Env: Object.entries(request.env).map(([name, value]) => `${name}=${value}`),
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    OpenStdin: true,
    // The engine ends the program's input when our connection goes, also when we are killed.
    StdinOnce: true,
    HostConfig: { ...options.HostConfig, AutoRemove: true },
  };
}

async function attachAndStart(
  docker: Docker,
  container: Docker.Container,
  request: RunRequest,
  remove: () => Promise<void>,
): Promise<RunResult> {
  let stopped: RunResult["stopped"] = null;
  const stop = (why: RunResult["stopped"]) => {
    stopped ??= why;
    // Its failure is seen where the removal is awaited, at the end of the run.
    remove().catch(() => {});
  };
  const attached = await attach(docker, container);
  if (typeof attached === "string") return notStarted(attached);
  const collected = collect(attached, request.maxOutput, () => stop("output-limit"));
  const onAbort = () => stop(null);
  request.signal.addEventListener("abort", onAbort, { once: true });
  const timer = setTimeout(() => stop("timeout"), request.timeoutMs);
  try {
    const exited = await waitForExit(docker, container);
    const problem = await start(container);
    if (problem !== null) return notStarted(problem);
    throwIfAborted(request.signal);
    attached.write(request.stdin);
    if (request.endStdin === true) attached.end();
    const [exitCode] = await Promise.all([exited(), collected.ended]);
    throwIfAborted(request.signal);
    return result(exitCode, collected, stopped);
  } catch (error) {
    throwIfAborted(request.signal);
    throw error;
  } finally {
    clearTimeout(timer);
    request.signal.removeEventListener("abort", onAbort);
    attached.destroy();
  }
}

interface Collected {
  readonly stdout: Buffer[];
  readonly stderr: Buffer[];
  readonly ended: Promise<void>;
}

function collect(attached: Duplex, maxOutput: number, onLimit: () => void): Collected {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  const left = { out: maxOutput, error: KEPT_STDERR };
  const demultiplex = demultiplexer((stream, bytes) => {
    if (stream === 2) {
      if (left.error > 0) stderr.push(bytes.subarray(0, left.error));
      left.error -= bytes.length;
      return;
    }
    if (left.out > 0) stdout.push(bytes.subarray(0, left.out));
    left.out -= bytes.length;
    if (left.out < 0) onLimit();
  });
  attached.on("data", demultiplex);
  // A program that ends without reading its input breaks the pipe; what it wrote is whole all the same.
  const ended = finished(attached, { writable: false }).catch(() => {});
  return { stdout, stderr, ended };
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
      else if (isProgramProblem(engineText(error))) resolve(engineText(error));
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
  const answer = json(response);
  // Awaited later, or never where the start fails.
  answer.catch(() => {});
  return async () => Number(asRecord(await answer).StatusCode ?? Number.NaN);
}

/** Null once started, else why the program could not be. */
async function start(container: Docker.Container): Promise<string | null> {
  try {
    await container.start();
    return null;
  } catch (cause) {
    const text = engineText(cause);
    if (isProgramProblem(text)) return text;
    throw new MsbDepsError("engine", `the engine did not start a container: ${text}.`, {
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

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new MsbDepsError("interrupted", "the look into the image was interrupted.");
}
