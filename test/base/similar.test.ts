import { expect, test } from "vitest";
import { similarNames } from "../../src/base/similar.ts";

const STAGES = ["base", "builder", "runtime", "Runner"];

test.each([
  ["buildr", ["builder"]],
  ["bulider", ["builder"]],
  ["runtme", ["runtime"]],
  ["RUNTIME2", ["runtime"]],
  ["runer", ["Runner"]],
  ["bas", ["base"]],
  ["builder", []],
  ["nginx", []],
  ["ab", []],
  ["rust", []],
])("%s", (name, expected) => {
  expect(similarNames(name, STAGES)).toEqual(expected);
});

test("the nearest first", () => {
  expect(similarNames("runtimes", ["runtimeaa", "runtime"])).toEqual(["runtime", "runtimeaa"]);
});
