#!/usr/bin/env node
import { MsbDepsError } from "./base/errors.ts";
import { keepHeapSmall } from "./cli/heap.ts";
import type { Io } from "./commands/options.ts";
import { Messages } from "./report/messages.ts";
import { Results } from "./report/results.ts";
import type { TimingsFormat } from "./report/timings.ts";

/** However far it is with its cleanup, a run that was stopped ends by then. */
const STOPPED_MS = 2500;

/** Reports a failure; that the reader of the result has gone is the reader's own choice, and needs no word. */
function report(error: unknown, { messages }: Io): number {
  if (error instanceof MsbDepsError && error.code === "output-closed") return error.exitCode;
  messages.error(error);
  return error instanceof MsbDepsError ? error.exitCode : 2;
}

/** commander has said its part already: help and version end with 0, a wrong use with 2. */
function isCommander(error: unknown): error is Error & { readonly exitCode: number } {
  return error instanceof Error && error.name === "CommanderError";
}

const stopping = new AbortController();
const io: Io = {
  env: process.env,
  stdin: process.stdin,
  messages: new Messages(process.stderr),
  results: new Results(process.stdout),
  signal: stopping.signal,
};

/** Lets the run end by itself, with what it has made removed, but not for long. */
function stop(reason: MsbDepsError): void {
  stopping.abort(reason);
  setTimeout(() => process.exit(report(reason, io)), STOPPED_MS).unref();
}

// Before the rest is loaded, which takes most of the time of a start.
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(name, () => {
    // A second signal exits at once.
    if (stopping.signal.aborted) process.exit(130);
    stop(new MsbDepsError("interrupted", `interrupted by ${name}.`));
  });
}

function stopAfter(milliseconds: number): void {
  const reason = new MsbDepsError("timeout", `the run was stopped after ${milliseconds / 1000} s (--timeout).`, {
    hint: "Allow more time, or use --progress plain to see which step is slow.",
  });
  setTimeout(() => stopping.signal.aborted || stop(reason), milliseconds).unref();
}

async function writeTimings(format: TimingsFormat): Promise<void> {
  const [{ timingLines }, { notedPhases }] = await Promise.all([
    import("./report/timings.ts"),
    import("./base/phases.ts"),
  ]);
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const cpu = (userCPUTime + systemCPUTime) / 1000;
  io.messages.lines(timingLines({ phases: notedPhases(), total: performance.now(), cpu, peakMemory: maxRSS }, format));
}

async function main(): Promise<number> {
  let exitCode = 0;
  let timings: TimingsFormat | null = null;
  const showTimings = (format: TimingsFormat) => {
    timings = format;
  };
  const finished = (code: number) => {
    exitCode = code;
  };
  try {
    const { program } = await import("./cli/program.ts");
    await program({ io, finished, stopAfter, showTimings })
      .parseAsync()
      .catch((error: unknown) => {
        if (!isCommander(error)) throw error;
        exitCode = error.exitCode === 0 ? 0 : 2;
      });
    await io.results.done;
    return exitCode;
  } catch (error) {
    return report(error, io);
  } finally {
    if (timings !== null) await writeTimings(timings);
  }
}

keepHeapSmall();
process.exitCode = await main();
// A connection to an engine that says nothing more does not keep a run alive that is over.
if (stopping.signal.aborted) process.exit();
setTimeout(() => process.exit(), 1000).unref();
