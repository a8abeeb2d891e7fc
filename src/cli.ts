#!/usr/bin/env node
import { MsbDepsError } from "./base/errors.ts";
import { keepHeapSmall } from "./cli/heap.ts";
import type { Io } from "./commands/options.ts";
import { Messages } from "./report/messages.ts";
import { Results } from "./report/results.ts";

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
    hint: "Give it more time, or see with --progress plain what takes so long.",
  });
  setTimeout(() => stopping.signal.aborted || stop(reason), milliseconds).unref();
}

async function main(): Promise<number> {
  let exitCode = 0;
  const finished = (code: number) => {
    exitCode = code;
  };
  try {
    const { program } = await import("./cli/program.ts");
    await program({ io, finished, stopAfter })
      .parseAsync()
      .catch((error: unknown) => {
        if (!isCommander(error)) throw error;
        exitCode = error.exitCode === 0 ? 0 : 2;
      });
    await io.results.done;
    return exitCode;
  } catch (error) {
    return report(error, io);
  }
}

keepHeapSmall();
process.exitCode = await main();
// A connection to an engine that says nothing more does not keep a run alive that is over.
if (stopping.signal.aborted) process.exit();
setTimeout(() => process.exit(), 1000).unref();
