import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunOptions } from "../../../src/commands/options.ts";
import { planOf } from "../../../src/commands/plan.ts";
import { lookAtGivenBase } from "../../../src/commands/sources/given-base.ts";
import { basePlace } from "../../../src/commands/sources/places.ts";
import { writeFiles } from "../../oci/make-archive.ts";

const { signal } = new AbortController();
const choice = { artifacts: ["/out"], target: null, runtime: null, buildArgs: {}, platform: null };
const noEngine = () => Promise.reject(new Error("no engine is needed"));
let tree: string;
beforeAll(() => {
  tree = writeFiles(mkdtempSync(join(tmpdir(), "msb-deps-test-")), {
    "etc/os-release": 'ID=debian\nVERSION_ID="13"\nVERSION_CODENAME=trixie\n',
    "var/lib/dpkg/status": "Package: dpkg\nStatus: install ok installed\nArchitecture: arm64\nVersion: 1\n",
  });
});
afterAll(() => rmSync(tree, { recursive: true }));

/** What a tree is taken for, with the stages behind the builder; without a Dockerfile where they are null. */
async function baseOf(stages: string | null, runtime: string | null = null) {
  const plan = stages === null ? null : planOf(`FROM x AS builder\nRUN make\n${stages}`, { ...choice, runtime });
  const options = { runtime, platform: null } as RunOptions;
  const request = {
    plan,
    options,
    mappings: [],
    contextSources: {},
    dockerfile: null,
    artifactPaths: [],
    onEvent: () => {},
  };
  return lookAtGivenBase({ kind: "rootfs", path: tree }, request, [], noEngine, signal);
}

const COPY = "COPY --from=builder /out /\n";

describe("files that stand for the runtime base", () => {
  it.each<readonly [string, string | null, string | null, string | null]>([
    ["the image of FROM", `FROM debian:trixie-slim\n${COPY}`, null, "debian:trixie-slim"],
    ["an image that names no release", `FROM example.com/base:7\n${COPY}`, null, "example.com/base:7"],
    ["another stage, as it is when it is built", `FROM debian:13 AS base\nRUN x\nFROM base\n${COPY}`, null, "base"],
    ["a FROM without a value", `ARG BASE\nFROM $BASE\n${COPY}`, null, "$BASE"],
    ["--runtime", null, "debian:trixie", "debian:trixie"],
    ["--runtime beside a Dockerfile", "", "debian:stable", "debian:stable"],
    ["a runtime that nobody names", null, null, null],
  ])("are taken for %s", async (_, stages, runtime, reference) => {
    const base = await baseOf(stages, runtime);
    expect(base).toMatchObject({ source: "image", reference, files: { origin: "rootfs", path: tree } });
    expect(base).toMatchObject({ snapshot: { image: { architecture: "arm64" }, osRelease: expect.any(String) } });
  });

  it.each([
    ["scratch", `FROM scratch\n${COPY}`, null, /FROM scratch/],
    [
      "another release",
      `FROM debian:bookworm-slim\n${COPY}`,
      null,
      /is debian 12, but the unpacked image .* is debian 13/,
    ],
    [
      "a stage of another release",
      `FROM ubuntu:24.04 AS b\nFROM b\n${COPY}`,
      null,
      /ubuntu:24.04 is ubuntu 24.04, but/,
    ],
    ["another --runtime", null, "python:3.13-slim-bookworm", /is debian 12, but the unpacked image .* is debian 13/],
  ])("are not taken for %s", async (_, stages, runtime, message) => {
    await expect(baseOf(stages, runtime)).rejects.toMatchObject({
      code: "usage",
      message: expect.stringMatching(message),
    });
  });
});

describe("the options for the runtime base", () => {
  const none = { runtimeOci: null, runtimeRootfs: null, runtime: null, online: false };

  it("name one place", () => {
    expect(basePlace(none)).toBeNull();
    expect(basePlace({ ...none, runtime: "none", online: true })).toBeNull();
    expect(basePlace({ ...none, runtimeOci: "a.tar:x" })).toEqual({ kind: "oci", path: "a.tar:x" });
    expect(basePlace({ ...none, runtimeRootfs: "/" })).toEqual({ kind: "rootfs", path: "/" });
  });

  it.each([
    [{ runtimeOci: "a", runtimeRootfs: "b" }, /cannot be combined/],
    [{ runtimeOci: "a", runtime: "none" }, /--runtime none .* --runtime-oci/],
    [{ runtimeRootfs: "b", online: true }, /--online .* --runtime-rootfs/],
  ])("exclude others: %j", (more, message) => {
    expect(() => basePlace({ ...none, ...more })).toThrow(message);
  });
});
