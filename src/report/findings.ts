import type { Analysis } from "../analysis/model.ts";
import type { Audit } from "../audit/audit.ts";
import type { Finding, Severity } from "../audit/finding.ts";
import { findingText } from "./finding-text.ts";
import { analysisDocument, jsonText } from "./json.ts";
import { printable } from "./names.ts";

/** What an audit says, ready to be written. */
export interface AuditReport {
  readonly file: string;
  /** Null with `--no-build`. */
  readonly analysis: Analysis | null;
  readonly audit: Audit;
}

/** The formats of `audit --format`, by name. */
export const AUDIT_FORMATS: Readonly<Record<string, (report: AuditReport) => string>> = {
  text: ({ file, audit }) => audit.findings.map((finding) => `${lineOf(finding, file)}\n`).join(""),
  json: ({ file, analysis, audit }) =>
    jsonText({
      ...(analysis === null ? { schemaVersion: 1 } : analysisDocument(analysis)),
      findings: audit.findings.map((one) => contractOf(one, file)),
    }),
};

/** `Dockerfile:12 missing error libicu76 is needed …; add libicu76 to the list`. */
function lineOf(finding: Finding, file: string): string {
  const { message, fix } = findingText(finding);
  return `${printable(file)}:${finding.line} ${finding.code} ${finding.severity} ${message}${fix === null ? "" : `. Fix: ${fix}`}`;
}

/** A finding under the names of the JSON contract. */
function contractOf(finding: Finding, file: string): Readonly<Record<string, unknown>> {
  const { code, severity, confidence, line, column, endLine, endColumn, package: name, evidence } = finding;
  const { message, fix } = findingText(finding);
  return { code, severity, confidence, file, line, column, endLine, endColumn, package: name, message, evidence, fix };
}

const WORDS: readonly (readonly [Severity, string, string])[] = [
  ["error", "error", "errors"],
  ["warning", "warning", "warnings"],
  ["info", "hint", "hints"],
];

/** The last line on standard error: `1 error, 2 hints; 1 ignored`. */
export function auditSummary({ file, audit }: AuditReport): string {
  const counts = WORDS.flatMap(([severity, one, many]) => {
    const number = audit.findings.filter((finding) => finding.severity === severity).length;
    return number === 0 ? [] : [`${number} ${number === 1 ? one : many}`];
  });
  const ignored = audit.ignored === 0 ? "" : `; ${audit.ignored} ignored by comments`;
  const unknown = audit.unknownCodes.map(
    ({ code, line }) =>
      `${printable(file)}:${line} a comment ignores ${printable(code)}, and no finding is called so\n`,
  );
  return `${unknown.join("")}${counts.length === 0 ? "no findings" : counts.join(", ")}${ignored}\n`;
}
