import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Missing, Note } from "../../src/analysis/model.ts";
import { reaches } from "../../src/audit/audit.ts";
import { FINDING_CODES } from "../../src/audit/finding.ts";
import { severityOf } from "../../src/audit/finding-head.ts";
import { auditJson, auditText } from "../../src/report/findings.ts";
import { findingsOf, needs, runtime, world } from "./kit.ts";

const EVERYTHING = `ARG NPM_TOKEN=Xk29dkw8
FROM rust AS builder
RUN make
FROM debian:trixie-slim
RUN apt-get update && apt-get install -y \\
    libicu72 \\
    libssl3t64 \\
    libcurl4 \\
    liblmdb0 \\
    iso-codes \\
    gcc
COPY --from=builder /out /out
COPY --from=builder /opt/odd /opt/odd
`;

const item = { version: null, providedBy: null, requiredBy: ["/out/app"], chains: [], hint: null };
const missing: Missing[] = [
  { ...item, kind: "version", name: "libc.so.6", version: "GLIBC_2.99", providedBy: "/lib/libc.so.6" },
  { ...item, kind: "misplaced", name: "libodd.so.1", providedBy: "/opt/odd/libodd.so.1" },
];
const builders = [
  {
    stage: "builder",
    base: "rust",
    origin: "stage" as const,
    platform: "linux/amd64",
    distribution: { id: "debian", versionId: "99", codename: null },
  },
];
const there = {
  stage: "1",
  base: "debian:trixie-slim",
  source: "image",
  distribution: { id: "debian", versionId: "13", codename: null },
  packages: 78,
} as const;
const copy = [
  {
    stage: "builder",
    soname: "libown.so",
    source: "/usr/local/lib/libown.so",
    realPath: "/usr/local/lib/libown.so",
    destination: "/usr/local/lib/libown.so",
    package: null,
    requiredBy: ["/out/app"],
  },
];
const analysis = { builders, runtime: there, missing, copy, packages: [needs("libneeded1"), needs("libcurl4t64")] };

describe("a stage with every fault", () => {
  const facts = world({ libssl3t64: {} }, { libcurl4t64: {}, liblmdb0: {}, gcc: {} });
  const findings = findingsOf(EVERYTHING, { analysis, facts: { ...facts, crossRelease: true } });

  test("has every code once, at its line, in the order of the file", () => {
    expect(findings.map(({ line, code }) => `${line} ${code}`)).toEqual([
      "1 secret-in-build",
      "2 unpinned-base",
      "4 skew",
      "4 root-user",
      "4 base-differs",
      "5 lists-left",
      "5 missing",
      "5 recommends",
      "6 unknown-package",
      "7 redundant",
      "8 renamed",
      "9 unused",
      "10 no-evidence",
      "11 dev-package",
      "13 not-copied",
      "13 wrong-place",
    ]);
    // What is likely missing is said only where nothing was built.
    expect(["likely-missing", ...findings.map(({ code }) => code)].sort()).toEqual([...FINDING_CODES].sort());
    expect(findings.find(({ code }) => code === "missing")).toMatchObject({ package: "libneeded1", severity: "error" });
  });

  test("is the same when asked again", () => {
    expect(findingsOf(EVERYTHING, { analysis, facts: { ...facts, crossRelease: true } })).toEqual(findings);
  });

  test("in text: a line each, with place, code, severity and what to do", () => {
    const audit = { findings, ignored: 0, leftOut: 0, stages: [], unknownCodes: [], judged: [], instead: null };
    const text = auditText({ file: "a\nb/Dockerfile", kind: "dockerfile", analysis: null, audit }, { columns: null });
    const lines = text.trimEnd().split("\n");
    expect(lines).toHaveLength(findings.length);
    for (const line of lines) expect(line).toMatch(/^a\\x0ab\/Dockerfile:\d+ [a-z-]+ (?:error|warning|info) \S/);
    expect(lines[9]).toBe(
      "a\\x0ab/Dockerfile:7 redundant info libssl3t64 is already in debian:trixie-slim. Fix: remove libssl3t64",
    );
  });

  test("in JSON: by the contract", () => {
    const audit = { findings, ignored: 0, leftOut: 0, stages: [], unknownCodes: [], judged: [], instead: null };
    const json = JSON.parse(auditJson({ file: "Dockerfile", kind: "dockerfile", analysis: null, audit }));
    const names = [
      "code",
      "severity",
      "confidence",
      "file",
      "line",
      "column",
      "endLine",
      "endColumn",
      "package",
      "message",
      "evidence",
      "fix",
    ];
    for (const one of json.findings) expect(Object.keys(one)).toEqual(names);
    expect(json.findings[10]).toMatchObject({
      code: "renamed",
      line: 8,
      column: 5,
      endLine: 8,
      endColumn: 13,
      package: "libcurl4",
    });
  });
});

describe("names out of an image", () => {
  test("cannot break a line of text", () => {
    const notes: Note[] = [{ code: "copy-breaks-merged-usr", path: "/out/a\nb", link: "/lib\u001b[31m" }];
    const findings = findingsOf(runtime("USER app"), { analysis: { notes } });
    const text = auditText(
      {
        file: "Dockerfile",
        kind: "dockerfile",
        analysis: null,
        audit: { findings, ignored: 0, leftOut: 0, stages: [], unknownCodes: [], judged: [], instead: null },
      },
      { columns: null },
    );
    expect(text.split("\n")).toHaveLength(2);
    expect(text).toContain("/out/a\\x0ab");
    expect(text).not.toContain("\u001b");
  });
});

describe("the threshold", () => {
  const [error] = findingsOf(EVERYTHING, { analysis }).filter(({ severity }) => severity === "error");
  const [warning] = findingsOf(EVERYTHING).filter(({ severity }) => severity === "warning");
  const [info] = findingsOf(EVERYTHING).filter(({ severity }) => severity === "info");
  test.each([
    ["error", [false, false, true]],
    ["warning", [false, true, true]],
    ["info", [true, true, true]],
    ["none", [false, false, false]],
  ] as const)("%s", (threshold, expected) => {
    const one = (finding: typeof error) => (finding === undefined ? null : reaches(threshold, [finding]));
    expect([one(info), one(warning), one(error)]).toEqual(expected);
    expect(reaches(threshold, [])).toBe(false);
  });

  test("what is only heuristic is never an error", () => {
    expect(severityOf("error", "heuristic")).toBe("warning");
    expect(severityOf("error", "declared")).toBe("error");
    expect(severityOf("info", "heuristic")).toBe("info");
  });
});

describe("an audit of a Dockerfile alone", () => {
  test.each([
    ["a single stage", "FROM debian:13\nRUN apt-get update\n", []],
    ["no stage that is copied from", "FROM debian:13 AS builder\nFROM debian:13\nUSER app\n", []],
    [
      "a syntax of Windows",
      "FROM debian:13 AS builder\r\nFROM debian:13\r\nRUN apt-get update \\\r\n && true\r\nUSER app\r\n",
      ["3 lists-left"],
    ],
    ["a byte order mark", "\uFEFFFROM debian AS builder\nFROM debian:13\nUSER app\n", ["1 unpinned-base"]],
  ])("%s", (_, text, expected) => {
    expect(findingsOf(text).map(({ line, code }) => `${line} ${code}`)).toEqual(expected);
  });

  test("columns count from 1, also behind a byte order mark", () => {
    expect(findingsOf("\uFEFFFROM debian AS builder\nFROM debian:13\nUSER app\n")[0]).toMatchObject({
      column: 1,
      endColumn: 23,
    });
  });
});

describe("the corpus of Dockerfiles", () => {
  const folder = new URL("../dockerfile/corpus/", import.meta.url);
  test.each(readdirSync(folder).filter((name) => name.endsWith(".Dockerfile")))(
    "%s: places lie in the file",
    (name) => {
      const text = readFileSync(new URL(name, folder), "utf8");
      const lines = text.split("\n");
      for (const { line, column, endLine, endColumn } of findingsOf(text)) {
        expect(column).toBeLessThanOrEqual(lines[line - 1]?.length ?? 0);
        expect(endColumn - 1).toBeLessThanOrEqual(lines[endLine - 1]?.length ?? 0);
        expect(line < endLine || column < endColumn).toBe(true);
      }
    },
  );
});
