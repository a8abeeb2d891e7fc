import type { Finding } from "../audit/finding.ts";
import { compareNames } from "../base/names.ts";
import type { AuditReport } from "./findings.ts";
import { printable } from "./names.ts";
import { withoutCredentials } from "./output.ts";

/** What tells a finding from others, wherever it stands and however often. */
export interface KnownFinding {
  /** The Dockerfile, as a path from the directory of the baseline, or the reference of an image. */
  readonly file: string;
  /** The stage, by name or number; null for an image. */
  readonly stage: string | null;
  readonly code: string;
  /** The package, library, program, user or image that the finding is about; empty if it is about none. */
  readonly subject: string;
}

/** The identity of a finding of a report; `file` is its Dockerfile as the baseline names it. */
export function identityOf(finding: Finding, { kind, audit }: AuditReport, file: string): KnownFinding {
  const stage = audit.stages.find(({ line, endLine }) => finding.line >= line && finding.line <= endLine);
  return {
    file: shown(file),
    stage: kind === "image" || stage === undefined ? null : shown(stage.name ?? String(stage.index)),
    code: finding.code,
    subject: shown(subjectOf(finding)),
  };
}

/** The text of a baseline: sorted, each finding once. */
export function baselineText(findings: readonly KnownFinding[]): string {
  const rows = new Set(
    findings.map(({ file, stage, code, subject }) => JSON.stringify({ file, stage, code, subject })),
  );
  const sorted = [...rows].sort(compareNames).map((row) => JSON.parse(row) as KnownFinding);
  return `${JSON.stringify({ schemaVersion: 1, findings: sorted }, null, 2)}\n`;
}

function shown(text: string): string {
  return withoutCredentials(printable(text));
}

function subjectOf(finding: Finding): string {
  if ("name" in finding) return finding.name;
  switch (finding.code) {
    case "likely-missing":
      return finding.development;
    case "not-copied":
      return finding.soname;
    case "recommends":
      return finding.program;
    case "root-user":
      return finding.user ?? "";
    case "unpinned-base":
      return finding.reference;
    case "base-differs":
      return `${finding.builder} ${finding.runtime}`;
    case "lists-left":
      return "";
  }
}
