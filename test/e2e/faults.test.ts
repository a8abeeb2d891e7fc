import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";

/** `npm run faults` without its build; the whole table is in docs/reliability.md. */
function faults(...args: string[]): { readonly code: number | null; readonly output: string } {
  const run = spawnSync(process.execPath, ["scripts/faults.mjs", "--quick", ...args], { encoding: "utf8" });
  return { code: run.status, output: run.stdout + run.stderr };
}

describe("an engine that fails in a phase of a run", () => {
  it("gives the result or one error, in time, with nothing left that is not named", () => {
    const { code, output } = faults();
    expect(output).toMatch(/^\d+ as they should be, 0 not$/m);
    expect(code).toBe(0);
  });
});
