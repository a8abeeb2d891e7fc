import { expect, test } from "vitest";
import type { Analysis, NoteCode } from "../../src/analysis/model.ts";
import { note } from "../../src/analysis/notes.ts";
import type { TreeNode, Why } from "../../src/analysis/why/model.ts";
import type { Finding } from "../../src/audit/finding.ts";
import type { Proof } from "../../src/proof/model.ts";
import { auditText } from "../../src/report/findings.ts";
import { FORMATS } from "../../src/report/formats.ts";
import { proofText } from "../../src/report/proof.ts";
import { summary } from "../../src/report/summary.ts";
import { whyReport } from "../../src/report/why.ts";
import { detailsOfAll } from "./notes.ts";
import { sample } from "./sample.ts";
import { written } from "./written.ts";

/** In the place of whatever an image can name. */
const X = "a\nFORGED\u001b[2J\u009b\u202e\r";
const chain = [{ soname: X, path: X }];
const notes = (Object.entries(detailsOfAll(X)) as [NoteCode, never][]).map(([code, details]) => note(code, X, details));

const analysis: Analysis = sample({
  complete: false,
  builders: [
    {
      ...{ stage: X, base: X, origin: "stage", platform: "linux/amd64" },
      distribution: { id: X, versionId: X, codename: X },
    },
  ],
  runtime: { stage: X, base: X, source: "image", distribution: null, packages: 1, files: { origin: "oci", path: X } },
  packages: (["install", "base", "implied"] as const).map((status) => ({
    ...{ name: X, architecture: X, builderName: X, builderVersion: X, candidateVersion: X, status, impliedBy: [X] },
    ...{ sonames: [X], alternatives: [X], reasons: [{ artifact: X, kind: "needed", chain, because: X }] },
  })),
  install: [X],
  copy: [{ stage: X, soname: X, source: X, realPath: X, destination: X, package: X, requiredBy: [X] }],
  missing: (["library", "version", "interpreter", "misplaced"] as const).map((kind) => ({
    ...{ kind, name: X, version: X, providedBy: X, requiredBy: [X], chains: [chain] },
    hint: { kind: "misread", package: X, as: "pattern", matches: [X] },
  })),
  suggested: [{ package: X, strength: "suggested", trigger: X, reason: X }],
  dropped: [{ package: X, reason: "no-evidence", calledBy: X }],
  unreadable: [{ path: X, reason: X }],
  notes,
});

const trouble = { path: X, kind: "library", name: X, version: X, by: "rules" } as const;
const proof: Proof = {
  ...{ mode: "line", sufficient: false, irreducible: false, line: [X], removable: [X], notProvable: [] },
  asked: { loader: 2, rules: 1, interpreters: 1 },
  ...{ unresolved: [trouble], differs: [trouble], unproved: [{ path: X, reason: "damaged" }], unread: [X] },
  exempt: [{ path: X, name: X, reason: "host" }],
  members: [
    { package: X, verdict: "needed", how: "purged", gone: [X], broken: 1, example: trouble, reason: null },
    { package: X, verdict: "unknown", how: null, gone: [], broken: 0, example: null, reason: X },
  ],
  copied: [{ from: X, source: X, destination: X }],
  leftOut: [{ keyword: X, line: 1 }],
  run: {
    ...{ command: X, outcome: "ended", exitCode: 1, seconds: 1, output: [X], processes: 1, whole: false, added: [X] },
    opened: [{ path: X, by: X, package: X, brought: false }],
    missing: [{ name: X, by: X, package: X, builderPath: X }],
  },
  ...{ imageBytes: 1, baseBytes: 1, named: { packages: [X], bytes: 1 } },
};

const node: TreeNode = {
  ...{ name: X, kind: "needed", path: X, realPath: X, builderPath: X, image: "runtime", via: "runpath", searchPath: X },
  ...{ skipped: [{ path: X, reason: "class" }], status: "base", package: X, packageStatus: "base", repeated: false },
  ...{ match: true, needs: [] },
};
const why: Why = {
  ...{ whyVersion: 1, name: X, source: "run", complete: false, needed: false, runtime: analysis.runtime },
  packages: [
    {
      ...{ package: X, matched: "provides", status: "install", asked: true, sonames: [X], baseVersion: X },
      ...{ builderVersion: X, candidateVersion: X, impliedBy: [{ package: X, path: [] }] },
    },
  ],
  places: [{ path: X, image: "builder", stage: X, package: X, cachedAs: null }],
  trees: [{ artifact: X, stage: X, destination: X, kind: "executable", match: false, needs: [node] }],
  ...{ missing: analysis.missing, suggested: analysis.suggested, dropped: analysis.dropped, notes },
  ...{ broughtBy: [X], similar: [X] },
};

const finding = {
  ...{ severity: "error", confidence: "proved", package: X, evidence: [{ artifact: X, chain }] },
  ...{ line: 1, column: 1, endLine: 1, endColumn: 1, cost: { kibibytes: 1, orphans: [X] } },
  ...{ code: "missing", kind: "package", name: X, alternatives: [X], hint: null, perhapsFrom: [X] },
} as const satisfies Finding;
const audited = {
  file: X,
  kind: "image",
  analysis,
  audit: { findings: [finding], ignored: 0, leftOut: 0, stages: [], unknownCodes: [], judged: [], instead: null },
} as const;

const TEXTS: Readonly<Record<string, string | undefined>> = {
  text: FORMATS.text.analysis(analysis),
  line: FORMATS.line.analysis(analysis),
  list: FORMATS.list.analysis(analysis),
  audit: auditText(audited, { columns: 40 }),
  verify: proofText({ analysis, proof }, { columns: 40 }),
  why: whyReport(why, { verbose: true }),
  summary: written((messages) => messages.lines(summary(analysis, { verbose: true, columns: 40 }))),
};

test.each(Object.entries(TEXTS))("no name begins a line of its own or drives a terminal: %s", (_, text = "") => {
  expect(text).toContain("FORGED");
  expect(text.split("\n").filter((line) => /^FORGED|[\p{Cc}\u202e]/u.test(line))).toEqual([]);
});
