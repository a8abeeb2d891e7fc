import { describe, expect, test } from "vitest";
import { findingsOf, only, runtime } from "../kit.ts";

const stages = (builder: string, base: string): string =>
  runtime().replace("debian:trixie AS", `${builder} AS`).replace("debian:trixie-slim", base);
const differs = (text: string, analysis: Parameters<typeof findingsOf>[1] = {}) =>
  only("base-differs", findingsOf(text, analysis)).map(({ line, builder, runtime: there, confidence }) => [
    line,
    builder,
    there,
    confidence,
  ]);
const debian = (versionId: string) => ({ id: "debian", versionId, codename: null });

describe("base-differs", () => {
  test.each([
    ["two releases", "debian:trixie", "debian:bookworm-slim", "debian 13", "debian 12"],
    ["two distributions, by their glibc", "ubuntu:24.04", "debian:12", "ubuntu 24.04", "debian 12"],
    ["a codename in another image's tag", "rust:1.90-trixie", "debian:bookworm", "debian 13", "debian 12"],
  ])("%s", (_, builder, base, one, other) => {
    expect(differs(stages(builder, base))).toEqual([[3, one, other, "declared"]]);
  });

  const seen = (one: string, other: string) => {
    const builders = [
      { stage: "builder", base: "a", origin: "stage" as const, platform: "linux/amd64", distribution: debian(one) },
    ];
    const there = { stage: "1", base: "b", source: "image", distribution: debian(other), packages: 1 } as const;
    return { analysis: { builders, runtime: there } };
  };

  test("os-release of both says more than their tags", () => {
    const text = stages("debian:trixie", "debian:trixie-slim");
    expect(differs(text, seen("13", "12"))).toEqual([[3, "debian 13", "debian 12", "proved"]]);
    expect(differs(stages("debian:13", "debian:12"), seen("12", "12"))).toEqual([]);
    expect(differs(stages("debian:13", "debian:12"), seen("12", "13"))).toEqual([]);
  });

  test("releases that no table has are compared by their numbers", () => {
    expect(differs(runtime(), seen("19", "18"))).toEqual([[3, "debian 19", "debian 18", "proved"]]);
    expect(differs(runtime(), seen("18", "19"))).toEqual([]);
  });

  test.each([
    ["the same release in another size", "debian:trixie", "debian:trixie-slim"],
    ["the same release by name and number", "debian:13.1", "python:3.13-slim-trixie"],
    ["a tag that says nothing", "golang:1.25", "debian:13"],
    ["an older builder", "debian:bookworm", "debian:trixie-slim"],
    ["another distribution with a newer glibc", "ubuntu:24.04", "debian:13"],
    ["scratch", "debian:13", "scratch"],
  ])("not: %s", (_, builder, base) => {
    expect(differs(stages(builder, base))).toEqual([]);
  });
});
