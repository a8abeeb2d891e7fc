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
    ["two releases", "debian:bookworm", "debian:trixie-slim", "debian 12", "debian 13"],
    ["two distributions", "ubuntu:24.04", "debian:13", "ubuntu 24.04", "debian 13"],
    ["a codename in another image's tag", "rust:1.90-bookworm", "debian:trixie", "debian 12", "debian 13"],
  ])("%s", (_, builder, base, one, other) => {
    expect(differs(stages(builder, base))).toEqual([[3, one, other, "declared"]]);
  });

  test("os-release of both says more than their tags", () => {
    const builders = [
      { stage: "builder", base: "a", origin: "stage" as const, platform: "linux/amd64", distribution: debian("12") },
    ];
    const there = { stage: "1", base: "b", source: "image", distribution: debian("13"), packages: 1 } as const;
    const text = stages("debian:trixie", "debian:trixie-slim");
    expect(differs(text, { analysis: { builders, runtime: there } })).toEqual([
      [3, "debian 12", "debian 13", "proved"],
    ]);
    expect(
      differs(stages("debian:12", "debian:13"), {
        analysis: { builders, runtime: { ...there, distribution: debian("12") } },
      }),
    ).toEqual([]);
  });

  test.each([
    ["the same release in another size", "debian:trixie", "debian:trixie-slim"],
    ["the same release by name and number", "debian:13.1", "python:3.13-slim-trixie"],
    ["a tag that says nothing", "golang:1.25", "debian:13"],
    ["scratch", "debian:13", "scratch"],
  ])("not: %s", (_, builder, base) => {
    expect(differs(stages(builder, base))).toEqual([]);
  });
});
