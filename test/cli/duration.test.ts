import { expect, it } from "vitest";
import { duration } from "../../src/cli/duration.ts";

it.each([
  ["90s", 90_000],
  ["5m", 300_000],
  ["1h30m", 5_400_000],
  ["1.5m", 90_000],
  ["500ms", 500],
  ["1m0s", 60_000],
])("%s", (text, milliseconds) => {
  expect(duration(text)).toBe(milliseconds);
});

it.each(["", "5", "s", "5 s", "5d", "-5s", "0s", "5s5", "s5", "1e3s", "10000h", "5S"])("not %j", (text) => {
  expect(() => duration(text)).toThrow("use a duration such as");
});
