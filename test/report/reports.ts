import type { Analysis } from "../../src/analysis/model.ts";
import type { Audit } from "../../src/audit/audit.ts";
import type { Finding } from "../../src/audit/finding.ts";
import type { AuditReport } from "../../src/report/findings.ts";
import { sample } from "./sample.ts";

/** An answer with a package of every status, in which `x` stands for whatever an image can name. */
export function answer(x: (name: string) => string = (name) => name): Analysis {
  const app = x("/out/bin/app");
  const chain = [{ soname: x("libicuuc.so.76"), path: x("/usr/lib/libicuuc.so.76") }];
  const row = (name: string, status: "install" | "base" | "implied" | "upgrade", impliedBy: string[] = []) => ({
    ...{ name: x(name), architecture: "amd64", builderName: x(name), builderVersion: "1", candidateVersion: null },
    ...{ status, impliedBy: impliedBy.map(x), sonames: [x("libicuuc.so.76")], alternatives: [] },
    reasons: [{ artifact: app, kind: "needed" as const, chain }],
  });
  const added = (name: string, listed: boolean, bytes: number | null, depends: string[] = []) => ({
    ...{ name: x(name), architecture: "amd64", version: x("2:76.1+dfsg~1-4"), replaces: null, bytes },
    ...{ listed, needed: listed, depends: depends.map((one) => `${x(one)}:amd64`) },
  });
  const library = (soname: string, status: "package" | "base" | "missing" | "unowned", name: string | null) => ({
    ...{ soname: x(soname), path: x(`/usr/lib/${soname}`), runtimePath: null, direct: true },
    ...{ package: name === null ? null : x(name), status, via: null, searchPath: null, askedBy: app },
  });
  return sample({
    dockerfile: x("app/Dockerfile"),
    install: ["libicu76"],
    artifacts: [
      {
        ...{ path: app, stage: "builder", destinations: ["/bin/app"], kind: "executable", interpreter: null },
        ...{ machine: "x86-64", needed: [], runpath: [] },
        libraries: [
          library("libicuuc.so.76", "package", "libicu76"),
          library("libc.so.6", "base", "libc6"),
          library("libgone.so.1", "missing", null),
          library("libown.so.1", "unowned", null),
        ],
      },
    ],
    packages: [row("libc6", "base"), row("libicu76", "install"), row("libstdc++6", "implied", ["libicu76"])],
    added: {
      packages: [added("libicu76", true, 40_000_000, ["libstdc++6"]), added("libstdc++6", false, null)],
      ...{ bytes: 40_000_000, exact: false, from: "builder" },
    },
    copy: [
      {
        ...{
          stage: "builder",
          soname: x("libown.so.1"),
          source: x("/opt/libown.so.1"),
          realPath: x("/opt/libown.so.1"),
        },
        ...{ destination: x("/opt/libown.so.1"), package: null, requiredBy: [app] },
      },
    ],
    missing: [
      {
        ...{ kind: "library", name: x("libgone.so.1"), version: null, providedBy: null, requiredBy: [app] },
        ...{ chains: [chain], hint: null },
      },
    ],
  });
}

/** An audit with findings of all severities, two of them alike. */
export function audited(
  x: (name: string) => string = (name) => name,
  kind: AuditReport["kind"] = "dockerfile",
): AuditReport {
  const head = { confidence: "proved", evidence: [], line: 7, column: 5, endLine: 8, endColumn: 12 } as const;
  const findings: Finding[] = [
    {
      ...{ ...head, code: "missing", kind: "package", severity: "error", package: x("libicu76"), name: x("libicu76") },
      ...{ alternatives: [], hint: null, perhapsFrom: [] },
      evidence: [{ artifact: x("/out/bin/app"), chain: [{ soname: x("libicuuc.so.76"), path: null }] }],
    },
    {
      ...{ ...head, code: "renamed", severity: "info", package: x("libcurl4"), name: x("libcurl4"), to: "libcurl4t64" },
      redundant: false,
    },
    ...[9, 11].map(
      (line): Finding => ({
        ...{ ...head, line, endLine: line, severity: "warning", package: null },
        ...{ code: "secret-in-build", keyword: "ENV", name: x("TOKEN"), kind: "value" },
      }),
    ),
  ];
  const audit: Audit = {
    ...{ findings, ignored: 0, leftOut: 0, stages: [], unknownCodes: [], instead: null },
    judged: [
      { rule: "missing", status: "judged", reason: null },
      { rule: "skew", status: "not-judged", reason: { code: "unknown-base", base: x("$BASE") } },
    ],
  };
  return { file: x("./app/Dockerfile"), kind, analysis: answer(x), audit };
}
