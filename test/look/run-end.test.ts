import { expect, it } from "vitest";
import { earlyEnd } from "../../src/look/run-end.ts";

const NOTHING = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), notStarted: null };

/** A program that a limit of ours stops is killed as well, by us. */
it.each([
  ["output-limit", true, 137, "output-limit"],
  ["timeout", false, 137, "timeout"],
  [null, true, 0, "killed"],
  [null, false, 137, "killed"],
  [null, false, 1, null],
  [null, false, 0, null],
] as const)("stopped by %s, out of memory: %s, exit code %i: %s", (stopped, outOfMemory, exitCode, expected) => {
  expect(earlyEnd({ ...NOTHING, stopped, outOfMemory, exitCode })).toBe(expected);
});
