import { execFile } from "node:child_process";
import { dirname } from "node:path";
import type { Io } from "../options.ts";

/** Far beyond what a compose or bake file comes to. */
const MAX_BYTES = 16 * 2 ** 20;

/** What a command of docker printed, or why it failed: its own words, or that of the system. */
export type DockerAnswer =
  | { readonly kind: "printed"; readonly text: string }
  | { readonly kind: "failed"; readonly lines: readonly string[] };

/** Runs a command of docker that only prints, in the directory of a file. */
export function askDocker(
  args: readonly string[],
  file: string,
  io: Pick<Io, "env" | "signal">,
): Promise<DockerAnswer> {
  const options = { cwd: dirname(file), env: { ...io.env }, maxBuffer: MAX_BYTES, signal: io.signal };
  return new Promise((done, failed) => {
    execFile("docker", [...args], options, (error, stdout, stderr) => {
      if (io.signal.aborted) failed(io.signal.reason);
      else if (error === null) done({ kind: "printed", text: stdout });
      else done({ kind: "failed", lines: (stderr.trim() || error.message).split("\n").slice(-20) });
    });
  });
}
