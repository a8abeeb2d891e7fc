#!/usr/bin/env node
import { MsbDepsError } from "./base/errors.ts";
import type { Io } from "./commands/options.ts";

/** However far it is with its cleanup, a run that was stopped ends by then. */
const STOPPED_MS = 2800;

/** One paragraph for a failure that we understand; the stack for one that we do not. */
function report(error: unknown, io: Io): number {
  if (!(error instanceof MsbDepsError)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    io.stderr.write(`msb-deps: this is a fault of msb-deps itself; please report it.\n${text}\n`);
    return 2;
  }
  const tried = error.tried.length === 0 ? "" : `\nTried:\n${error.tried.map((item) => `  - ${item}\n`).join("")}`;
  const hint = error.hint === null ? "" : `${tried === "" ? " " : ""}${error.hint}`;
  io.stderr.write(`msb-deps: ${error.message}${tried}${hint}\n`);
  return error.exitCode;
}

const stopping = new AbortController();
const io: Io = {
  env: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: stopping.signal,
};

/** Lets the run end by itself, with what it has made removed, but not for long. */
function stop(reason: MsbDepsError): void {
  stopping.abort(reason);
  setTimeout(() => process.exit(report(reason, io)), STOPPED_MS).unref();
}

// Before anything else is loaded, which takes longer than the rest of the start.
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(name, () => {
    // A second signal exits at once.
    if (stopping.signal.aborted) process.exit(130);
    stop(new MsbDepsError("interrupted", `interrupted by ${name}.`));
  });
}
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

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
    await program({ io, finished, stopAfter }).parseAsync();
    return exitCode;
  } catch (error) {
    // commander has said its part already: help and version end with 0, a wrong use with 2.
    if (error instanceof Error && error.name === "CommanderError")
      return (error as { exitCode?: number }).exitCode === 0 ? 0 : 2;
    return report(error, io);
  }
}

process.exitCode = await main();
// A connection to an engine that says nothing more does not keep a run alive that is over.
if (stopping.signal.aborted) process.exit();
setTimeout(() => process.exit(), 1000).unref();
