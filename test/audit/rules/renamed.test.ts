import { describe, expect, test } from "vitest";
import { findingsOf, installs, only, world } from "../kit.ts";

const facts = world(
  { libssl3t64: { Provides: "libssl3 (= 1)" }, mawk: { Provides: "awk" } },
  { liba1: { Provides: "libv1" }, libb1: { Provides: "libv1" }, libc1: { Provides: "libw1" } },
);

describe("renamed", () => {
  test.each([
    ["by the table and the base", "libssl3", facts, "libssl3t64", "proved"],
    ["by the table alone", "libcurl4", facts, "libcurl4t64", "declared"],
    ["by the table, not built", "libssl3", {}, "libssl3t64", "declared"],
    ["by the one package that provides it", "libw1", facts, "libc1", "declared"],
  ])("%s", (_, name, change, to, confidence) => {
    const found = only("renamed", findingsOf(installs(name), { facts: change }));
    expect(found).toMatchObject([{ line: 4, column: 66, severity: "info", package: name, to, confidence }]);
  });

  test.each([
    ["its own name", "libssl3t64"],
    ["two packages provide it", "libv1"],
    ["a virtual package that is no library", "awk"],
    ["nobody knows it", "libother9"],
  ])("not: %s", (_, name) => {
    expect(only("renamed", findingsOf(installs(name), { facts }))).toEqual([]);
  });

  test("not: in a release before the rename", () => {
    expect(only("renamed", findingsOf(installs("libssl3").replace("trixie-slim", "bookworm-slim")))).toEqual([]);
  });
});
