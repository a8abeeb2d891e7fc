import type { MsbDepsError } from "../base/errors.ts";
import type { Engine, Image } from "../engine/engine.ts";
import { earlyEnd, earlyEndText } from "./run-end.ts";

const TIMEOUT_MS = 600_000;

/** One script that asks apt in an image. */
export interface AptRun {
  /** For /bin/sh of the image, as the words behind `-c`: the script, its name, its arguments. */
  readonly script: readonly string[];
  readonly stdin: Uint8Array;
  readonly maxOutput: number;
  /** The error for a reason. */
  readonly failed: (why: string) => MsbDepsError;
}

/** Runs a script with network and gives what it printed; with any other end than exit code 0 it throws `failed`. */
export async function runApt(engine: Engine, image: Image, run: AptRun, signal: AbortSignal): Promise<Buffer> {
  const { script, stdin, maxOutput, failed } = run;
  const result = await engine.run({
    image,
    command: ["/bin/sh", "-c", ...script],
    stdin,
    endStdin: true,
    env: {},
    online: true,
    maxOutput,
    timeoutMs: TIMEOUT_MS,
    signal,
  });
  if (result.exitCode === 0 && result.stopped === null && result.notStarted === null) return result.stdout;
  const end = earlyEnd(result);
  if (end !== null) throw failed(earlyEndText(end, { timeoutMs: TIMEOUT_MS, maxOutput }));
  const last = result.stderr.toString("latin1").trim().split("\n").slice(-3).join("; ");
  throw failed(result.notStarted ?? last);
}
