import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { MsbDepsError } from "../../base/errors.ts";
import { buildFailure, type Failing, interrupted } from "../buildkit/failure.ts";
import type { BuildProgress, FailedStep } from "../buildkit/progress.ts";
import { GrpcCode, GrpcError } from "../grpc/status.ts";
import { RawStatusReader } from "./raw-progress.ts";

/** One call of `docker buildx build`. */
export interface BuildxCall {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly progress: BuildProgress;
  readonly failing: Failing;
  /** A failed step of ours is not one of the user's. */
  readonly ownFailure: (step: FailedStep) => MsbDepsError | null;
  readonly signal: AbortSignal;
}

/** So much of what is no progress is kept: the error at its end. */
const KEPT_LINES = 40;

/**
 * Runs `docker buildx build` to its end.
 * @throws MsbDepsError `engine` where there is no docker or no buildx; what a build can fail with; `interrupted`
 */
export async function runBuildx({ args, env, progress, failing, ownFailure, signal }: BuildxCall): Promise<void> {
  if (signal.aborted) throw interrupted();
  const child = spawn("docker", [...args], { env: { ...env }, stdio: ["ignore", "ignore", "pipe"], detached: true });
  const ended = new Promise<number | null>((done, failed) => {
    child.on("error", failed);
    child.on("close", done);
  });
  // In a process group of its own, so that Ctrl-C in a terminal comes here first and once. It then ends the build.
  const onAbort = () => void child.kill("SIGINT");
  signal.addEventListener("abort", onAbort, { once: true });
  const words: string[] = [];
  const reader = new RawStatusReader();
  const say = (lines: readonly string[]) => void words.splice(0, words.push(...lines) - KEPT_LINES);
  createInterface({ input: child.stderr })
    .on("line", (line) => {
      const read = reader.take(line);
      if ("vertexes" in read) progress.takeStatus(read);
      else say(read);
    })
    .on("close", () => say(reader.end()));
  try {
    if ((await ended) === 0) return;
  } catch (cause) {
    throw noDocker("there is no docker command", cause);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
  if (signal.aborted) throw interrupted();
  throw failureOf(words, progress.failedStep, failing, ownFailure);
}

function failureOf(
  words: readonly string[],
  step: FailedStep | null,
  failing: Failing,
  ownFailure: BuildxCall["ownFailure"],
): unknown {
  const text = words.join("\n");
  if (/unknown (command: docker buildx|shorthand flag|flag: --builder)|is not a docker command/.test(text)) {
    return noDocker("the docker command has no buildx plugin, or one before 0.13", new Error(text));
  }
  const error = words.findLast((line) => /^ERROR: /.test(line))?.replace("ERROR: ", "") ?? text.trim();
  if (/invalid progress mode|unknown flag/.test(error))
    return noDocker(`its buildx is too old: ${error}`, new Error(text));
  if (/^(no builder "|failed to find driver|failed to connect|.*connection refused|.*dial unix)/.test(error)) {
    return new MsbDepsError("engine", `the builder cannot be used: ${error}.`, {
      hint: "`docker buildx ls` lists the builders; `docker buildx inspect --bootstrap NAME` tries one.",
    });
  }
  const own = step === null ? null : ownFailure(step);
  return own ?? buildFailure(new GrpcError(GrpcCode.unknown, error), step, failing);
}

function noDocker(why: string, cause: unknown): MsbDepsError {
  return new MsbDepsError("engine", `a builder is used through docker buildx, and ${why}.`, {
    hint: "Install docker's command line and buildx (docker-buildx, docker-buildx-plugin) 0.13 or later, or leave out --builder and --in-build.",
    cause,
  });
}
