import { program } from "../src/cli/program.ts";
import { collectedIo } from "./io.ts";

/** Runs a command line in this process, with no engine to ask: its exit code and both outputs. What it throws is thrown. */
export async function runProgram(args: readonly string[], given: Parameters<typeof collectedIo>[0] = {}) {
  const { io, stdout, stderr } = collectedIo(given);
  let exitCode = -1;
  const finished = (code: number): void => {
    exitCode = code;
  };
  await program({ io, finished, stopAfter: () => {}, showTimings: () => {} }).parseAsync(["node", "msb-deps", ...args]);
  return { exitCode, stdout: stdout(), stderr: stderr() };
}
