import { expect, it } from "vitest";
import { notedPhases, phase } from "../../src/base/phases.ts";
import { timingLines } from "../../src/report/timings.ts";

const timings = {
  phases: [{ name: "look inside", start: 1431.4, milliseconds: 22.6 }],
  total: 2000,
  cpu: 1234,
  peakMemory: 50 * 1024,
};

it("shows each phase with its begin and duration, then the whole run", () => {
  expect(timingLines(timings, "text")).toEqual([
    "    begin  duration  phase",
    "  1.431 s   0.023 s  look inside",
    "  0.000 s   2.000 s  all (1.234 s of CPU time, 50 MiB at most)",
  ]);
});

it("writes one line of JSON", () => {
  const [line, ...others] = timingLines(timings, "json");
  expect(others).toEqual([]);
  expect(JSON.parse(line ?? "")).toEqual({
    phases: [{ name: "look inside", start: 1431, milliseconds: 23 }],
    total: 2000,
    cpu: 1234,
    peakMemory: 51200,
  });
});

it("notes phases, failed ones too, and nothing else of the timeline", async () => {
  performance.measure("of others");
  expect(await phase("answer", () => 42)).toBe(42);
  await expect(phase("failure", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(notedPhases().map(({ name }) => name)).toEqual(["answer", "failure"]);
});
