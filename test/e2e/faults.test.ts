import { execFile } from "node:child_process";
import { describe, expect, it } from "vitest";

/** The whole table takes a minute or two here. */
const MAX_MS = 10 * 60_000;

/** `npm run faults` without its build; the whole table is in docs/reliability.md. */
function faults(): Promise<{ readonly failed: unknown; readonly output: string }> {
  return new Promise((done) => {
    const args = ["scripts/faults.mjs", "--quick"];
    execFile(process.execPath, args, { timeout: MAX_MS, killSignal: "SIGKILL" }, (failed, stdout, stderr) =>
      done({ failed, output: stdout + stderr }),
    );
  });
}

describe("an engine that fails in a phase of a run", () => {
  it("gives the result or one error, in time, with nothing left that is not named", async () => {
    const { failed, output } = await faults();
    expect(output).toMatch(/^\d+ as they should be, 0 not$/m);
    expect(failed).toBeNull();
  });
});
