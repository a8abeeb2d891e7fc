import { setTimeout as delay } from "node:timers/promises";
import { MsbDepsError } from "../../base/errors.ts";
import type { Engine, Image } from "../../engine/engine.ts";
import { splitVariable, type TracedCommand, type TracedRun, traceRun } from "../../look/trace-run.ts";
import { watchLoader } from "../../look/watch-loader.ts";
import type { RunEnd } from "../../proof/trace/model.ts";
import { MAX_RUN_SECONDS, type TraceOptions } from "./options.ts";

/** A traced run, and what its probe came to. */
export interface CommandRun extends TracedRun {
  readonly end: RunEnd;
  /** The last lines that the probe printed. */
  readonly probeOutput: readonly string[];
  /** Why the paths are only those of the loader, or null. */
  readonly loaderOnly: string | null;
}

/** Where a command runs: an image, and what the lean image says of user, folder, environment and command. */
export interface CommandPlace {
  readonly engine: Engine;
  /** Has the tools of the probe. */
  readonly full: Image;
  readonly command: TracedCommand;
  readonly own: TraceOptions;
  readonly signal: AbortSignal;
}

/** The command in an image of ours, as the lean image starts it. */
export function commandIn(lean: Image, own: TraceOptions, stdin: Uint8Array): TracedCommand {
  const { entrypoint, cmd, env, user, workingDir } = lean.config;
  const argv = own.command.length > 0 ? own.command : [...entrypoint, ...cmd];
  if (argv.length === 0) {
    throw new MsbDepsError("usage", "the runtime stage has neither ENTRYPOINT nor CMD, and no command is given.", {
      hint: "Add -- COMMAND, as in: msb-deps trace Dockerfile -- app --version.",
    });
  }
  return {
    argv,
    env: [...env, ...own.env],
    as: { user: own.user ?? user, workingDir },
    // A probe ends the command itself.
    seconds: own.seconds ?? MAX_RUN_SECONDS,
    signal: own.signal,
    stdin,
    tty: own.tty,
    network: own.network,
    volumes: own.volumes,
  };
}

/**
 * Runs the command in an image under the tracer, with the probe beside it. Where the platform does not let it trace, the
 * loader alone is watched.
 */
export async function runCommand(place: CommandPlace, image: Image): Promise<CommandRun> {
  const { engine, command, own, signal } = place;
  if (own.probe === null) {
    const run = await traceRun(engine, image, command, signal);
    if ("refused" in run) return watched(place, image, run.reason);
    return {
      ...run,
      end: { outcome: run.outcome, exitCode: run.exitCode, probe: null },
      probeOutput: [],
      loaderOnly: null,
    };
  }
  return probedRun(place, image, own.probe);
}

async function watched(place: CommandPlace, image: Image, reason: string): Promise<CommandRun> {
  const run = await watchLoader(place.engine, image, place.command, place.signal);
  const end = { outcome: run.outcome, exitCode: run.exitCode, probe: null };
  return { ...run, end, probeOutput: [], loaderOnly: reason };
}

async function probedRun(place: CommandPlace, image: Image, probe: string): Promise<CommandRun> {
  const { engine, command, own, signal } = place;
  const started = signalled<string>();
  const over = signalled<void>();
  const control = { onStarted: started.give, end: over.given };
  const traced = traceRun(engine, image, command, signal, control);
  // Awaited below, once the probe is through.
  traced.catch(() => {});
  const container = await Promise.race([started.given, traced.then(() => null)]);
  const beside =
    container === null ? null : await probeBeside(place, container, { probe, ready: own.ready, ended: traced });
  over.give();
  const run = await traced;
  if ("refused" in run) {
    throw new MsbDepsError("run-failed", `cannot trace the command: ${run.reason}.`, {
      hint: "--probe needs an engine that allows ptrace, and perl in the image.",
    });
  }
  const end = { outcome: run.outcome, exitCode: run.exitCode, probe: beside?.exitCode ?? NOT_READY };
  return { ...run, end, probeOutput: beside?.output ?? [], loaderOnly: null };
}

/** The exit code of a probe that was never run, as of a command that timeout(1) ends. */
const NOT_READY = 124;
const READY_MS = 200;
const READY_SECONDS = 60;

interface Probing {
  readonly probe: string;
  readonly ready: string | null;
  /** Resolves when the traced command has ended. */
  readonly ended: Promise<unknown>;
}

/** Waits until the command is ready, and runs the probe in the network of its container. */
async function probeBeside(
  place: CommandPlace,
  container: string,
  { probe, ready, ended }: Probing,
): Promise<{ readonly exitCode: number; readonly output: readonly string[] } | null> {
  const until = Date.now() + READY_SECONDS * 1000;
  let isOver = false;
  void ended.finally(() => {
    isOver = true;
  });
  while (ready !== null && (await besideCommand(place, container, ready)).exitCode !== 0) {
    if (isOver || Date.now() > until) return null;
    await delay(READY_MS, undefined, { signal: place.signal });
  }
  return besideCommand(place, container, probe);
}

async function besideCommand(
  { engine, full, command, signal }: CommandPlace,
  container: string,
  shell: string,
): Promise<{ readonly exitCode: number; readonly output: readonly string[] }> {
  const result = await engine.run({
    image: full,
    command: ["/bin/sh", "-c", shell],
    stdin: new Uint8Array(),
    endStdin: true,
    env: Object.fromEntries(command.env.map(splitVariable)),
    may: "execute",
    as: command.as,
    joins: container,
    maxOutput: 16 * 1024 * 1024,
    timeoutMs: command.seconds * 1000,
    signal,
  });
  const lines = Buffer.concat([result.stdout, result.stderr]).toString("utf8").trimEnd().split("\n");
  return { exitCode: result.notStarted === null ? result.exitCode : 127, output: lines.slice(-20) };
}

/** A promise, and what fulfills it. */
function signalled<T>(): { readonly given: Promise<T>; readonly give: (value: T) => void } {
  let give: (value: T) => void = () => {};
  const given = new Promise<T>((resolve) => {
    give = resolve;
  });
  return { given, give: (value) => give(value) };
}
