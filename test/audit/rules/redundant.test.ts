import { describe, expect, test } from "vitest";
import { findingsOf, installs, needs, only, world } from "../kit.ts";

const facts = world(
  { zlib1g: { Version: "1.3" }, libssl3t64: { Provides: "libssl3 (= 1)" } },
  {
    libouter1: { Depends: "libinner1" },
    libinner1: {},
    libidle1: { Depends: "libinner1" },
    libloopa1: { Depends: "libloopb1" },
    libloopb1: { Depends: "libloopa1" },
  },
);
const all = { packages: ["libouter1", "libinner1", "libloopa1", "libloopb1"].map((name) => needs(name)) };
const places = (words: string, analysis = all) =>
  only("redundant", findingsOf(installs(words), { analysis, facts })).map(({ name, kind, by }) => [
    name,
    kind,
    by.join(),
  ]);

describe("redundant", () => {
  test.each([
    ["in the base", "zlib1g", [["zlib1g", "base", "debian:trixie-slim"]]],
    ["in the base under another name", "libssl3", [["libssl3", "base", "debian:trixie-slim"]]],
    ["in the base in the version asked for", "zlib1g=1.3", [["zlib1g", "base", "debian:trixie-slim"]]],
    ["brought by another one of the list", "libouter1 libinner1", [["libinner1", "implied", "libouter1"]]],
    ["two that bring each other: one of them", "libloopa1 libloopb1", [["libloopb1", "implied", "libloopa1"]]],
  ])("%s", (_, words, expected) => {
    expect(places(words)).toEqual(expected);
  });

  test("what nothing speaks for, and comes anyway, is repetition and not unused", () => {
    const needed = { packages: [needs("libouter1")] };
    expect(places("libouter1 libinner1", needed)).toEqual([["libinner1", "implied", "libouter1"]]);
  });

  test.each([
    ["needed and not brought by another", "libouter1"],
    ["in the base in another version than the one asked for", "zlib1g=1.4"],
    ["of another suite", "zlib1g/trixie-backports"],
    ["brought only by what may go itself", "libidle1 libinner1"],
  ])("not: %s", (_, words) => {
    expect(places(words)).toEqual([]);
  });

  test("not: in the base, and needed in a newer version", () => {
    expect(places("zlib1g", { packages: [needs("zlib1g", { status: "upgrade" })] })).toEqual([]);
  });

  test("by the table of an official image, without a build", () => {
    expect(only("redundant", findingsOf(installs("zlib1g liblmdb0")))).toMatchObject([
      { name: "zlib1g", confidence: "declared" },
    ]);
    expect(only("redundant", findingsOf(installs("zlib1g").replace("debian:trixie-slim", "mine:trixie-slim")))).toEqual(
      [],
    );
  });
});
