import { describe, expect, it } from "vitest";
import { runScript } from "./support.ts";

describe("an engine that fails in a phase of a run", () => {
  it("gives the result or one error, in time, with nothing left that is not named", async () => {
    // `npm run faults` without its build; the whole table is in docs/reliability.md.
    const { code, stdout, stderr } = await runScript("scripts/faults.mjs", "--quick");
    expect(stdout + stderr).toMatch(/^\d+ as they should be, 0 not$/m);
    expect(code).toBe(0);
  });
});
