#!/usr/bin/env node
import { MsbDepsError } from "./base/errors.ts";
import { program } from "./cli/program.ts";
import type { Io } from "./commands/options.ts";
import { Messages } from "./report/messages.ts";
import { Results } from "./report/results.ts";

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

async function main(): Promise<number> {
  const interruption = new AbortController();
  const io: Io = {
    env: process.env,
    stdin: process.stdin,
    messages: new Messages(process.stderr),
    results: new Results(process.stdout),
    signal: interruption.signal,
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      // The first asks for an orderly end; who asks again does not want to wait for it.
      if (interruption.signal.aborted) process.exit(130);
      interruption.abort(new MsbDepsError("interrupted", `interrupted by ${name}.`));
    });
  }
  let exitCode = 0;
  try {
    await program(io, (code) => {
      exitCode = code;
    })
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

process.exitCode = await main();
