import { describe, expect, test } from "vitest";
import type { Artifact, Missing } from "../../../src/analysis/model.ts";
import { findingsOf, only, runtime } from "../kit.ts";

const chains = [
  [
    { soname: "/out/app", path: "/out/app" },
    { soname: "libc.so.6", path: "/lib/libc.so.6" },
  ],
];
const item = { version: null, providedBy: null, requiredBy: ["/out/app"], chains, hint: null };
const version: Missing = {
  ...item,
  kind: "version",
  name: "libc.so.6",
  version: "GLIBC_2.38",
  providedBy: "/lib/libc.so.6",
};
const library: Missing = { ...item, kind: "library", name: "libicuuc.so.72" };
const differ = { code: "releases-differ", path: null, builder: "debian 12", runtime: "debian 13" } as const;
const artifact = (path: string | null): Artifact => ({
  path: "/out/app",
  stage: "builder",
  destinations: ["/app"],
  kind: "executable",
  interpreter: null,
  machine: null,
  needed: [],
  runpath: [],
  libraries: [
    {
      soname: "libicuuc.so.72",
      path,
      runtimePath: null,
      direct: true,
      package: null,
      status: "missing",
      via: null,
      searchPath: null,
      askedBy: "/out/app",
    },
  ],
});

describe("skew", () => {
  test.each([
    [
      "a symbol version that the base lacks",
      { missing: [version] },
      { kind: "version", versions: ["GLIBC_2.38"], severity: "error" },
    ],
    [
      "a library that only the builder's release has",
      { missing: [library], notes: [differ], artifacts: [artifact("/usr/lib/libicuuc.so.72")] },
      { kind: "library", severity: "error", confidence: "proved" },
    ],
    [
      "versions that nobody can prove",
      {
        notes: [
          {
            code: "versions-unproved",
            path: "/out/app",
            soname: "libpq.so.5",
            package: "libpq5",
            versions: ["RHPG_9.6"],
          } as const,
        ],
      },
      { kind: "unproved", severity: "warning", confidence: "heuristic", package: "libpq5" },
    ],
  ])("%s", (_, analysis, expected) => {
    expect(only("skew", findingsOf(runtime(), { analysis }))).toMatchObject([{ line: 3, ...expected }]);
  });

  test.each([
    ["releases that differ, and nothing is missing", { notes: [differ] }],
    ["a library that the builder has not either", { missing: [library], notes: [differ], artifacts: [artifact(null)] }],
    ["a library missing in one release", { missing: [library], artifacts: [artifact("/usr/lib/libicuuc.so.72")] }],
  ])("not: %s", (_, analysis) => {
    expect(only("skew", findingsOf(runtime(), { analysis }))).toEqual([]);
  });
});
