import { describe, expect, test } from "vitest";
import { packageSet } from "../../../src/debian/packages.ts";
import { findingsOf, installs, needs, only, world } from "../kit.ts";

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
    ["a virtual package that is no library", "perl-modules", {}, "perl-modules-5.40", "declared"],
    ["a soname", "liblapacke.so.3", {}, "liblapacke", "declared"],
  ])("%s", (_, name, change, to, confidence) => {
    const found = only("renamed", findingsOf(installs(name), { facts: change }));
    expect(found).toMatchObject([{ line: 4, column: 66, severity: "info", package: name, to, confidence }]);
  });

  test.each([
    ["the base has it", "libssl3", true],
    ["another word brings it", "libcurl4 libouter1", true],
    ["neither", "libcurl4", false],
  ])("says whether the word is redundant too: %s", (_, words, redundant) => {
    const brought = world({ libssl3t64: {} }, { libouter1: { Depends: "libcurl4t64" }, libcurl4t64: {} });
    const packages = ["libouter1", "libcurl4t64"].map((name) => needs(name));
    const found = findingsOf(installs(words), { analysis: { packages }, facts: brought });
    expect(only("renamed", found)).toMatchObject([{ redundant }]);
    expect(only("redundant", found)).toHaveLength(redundant ? 1 : 0);
  });

  test.each([
    ["its own name", "libssl3t64"],
    ["two packages provide it", "libv1"],
    ["three packages provide it", "awk"],
    ["its new package does not provide it", "libaio1"],
    ["nobody knows it", "libother9"],
  ])("not: %s", (_, name) => {
    expect(only("renamed", findingsOf(installs(name), { facts }))).toEqual([]);
  });

  test("not: on 32-bit ARM, where the new package has another ABI", () => {
    const armhf = { known: packageSet([], "armhf"), base: packageSet([], "armhf") };
    expect(findingsOf(installs("libssl3"), { facts: { world: armhf } }).map(({ code }) => code)).toEqual(["root-user"]);
  });

  test("not: the image has a provider that the release does not have", () => {
    const other = world({}, { "my-lapacke": { Provides: "liblapacke.so.3" } });
    expect(only("renamed", findingsOf(installs("liblapacke.so.3"), { facts: other }))).toEqual([]);
  });

  test.each([
    ["ubuntu:24.04", "libssl3", [{ to: "libssl3t64", confidence: "heuristic" }]],
    ["ubuntu:24.04", "libperl5.38", [{ to: "libperl5.38t64", confidence: "heuristic" }]],
    ["ubuntu:24.04", "libaio1", []],
    ["ubuntu:22.04", "libssl3", []],
    ["debian:forky-slim", "libssl3", [{ to: "libssl3t64", confidence: "heuristic" }]],
  ])("in %s, where not all is known: %s", (base, name, expected) => {
    const found = only("renamed", findingsOf(installs(name).replace("debian:trixie-slim", base)));
    expect(found).toMatchObject(expected);
    expect(found).toHaveLength(expected.length);
  });

  test("not: in a release before the rename", () => {
    expect(only("renamed", findingsOf(installs("libssl3").replace("trixie-slim", "bookworm-slim")))).toEqual([]);
  });
});
