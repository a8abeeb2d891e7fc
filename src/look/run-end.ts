import type { RunRequest, RunResult } from "../engine/engine.ts";

export type RunLimits = Pick<RunRequest, "timeoutMs" | "maxOutput">;

/** What ended a program before it came to its own end: one of our limits, or a signal that was not ours. */
export type EarlyEnd = "timeout" | "output-limit" | "killed";

/**
 * What ended a program early, or null. Our own limits come first: what they stop is killed too, and then has the exit code
 * of one that the kernel killed for memory (128 + SIGKILL).
 */
export function earlyEnd({ stopped, outOfMemory, exitCode }: RunResult): EarlyEnd | null {
  return stopped ?? (outOfMemory || exitCode === 137 ? "killed" : null);
}

/** {@link earlyEnd} in words, to go on after a colon. */
export function earlyEndText(end: EarlyEnd, { timeoutMs, maxOutput }: RunLimits): string {
  switch (end) {
    case "timeout":
      return `it took longer than ${timeoutMs / 1000} s`;
    case "output-limit":
      return `it printed more than ${Math.floor(maxOutput / 2 ** 20)} MiB`;
    case "killed":
      return "it was killed, as the kernel does when memory runs out";
  }
}
