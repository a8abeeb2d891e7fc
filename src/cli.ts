#!/usr/bin/env node
import { MsbDepsError } from "./base/errors.ts";
import { program } from "./cli/program.ts";
import type { Io } from "./commands/options.ts";

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

async function main(): Promise<number> {
  const interruption = new AbortController();
  const io: Io = {
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    signal: interruption.signal,
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      // The first asks for an orderly end; who asks again does not want to wait for it.
      if (interruption.signal.aborted) process.exit(130);
      interruption.abort(new MsbDepsError("interrupted", `interrupted by ${name}.`));
    });
  }
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  let exitCode = 0;
  try {
    await program(io, (code) => {
      exitCode = code;
    }).parseAsync();
    return exitCode;
  } catch (error) {
    // commander has said its part already: help and version end with 0, a wrong use with 2.
    if (error instanceof Error && error.name === "CommanderError")
      return (error as { exitCode?: number }).exitCode === 0 ? 0 : 2;
    return report(error, io);
  }
}

process.exitCode = await main();
