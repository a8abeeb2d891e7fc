import type { Analysis } from "../analysis/model.ts";
import type { Audit } from "../audit/audit.ts";
import type { Finding, Severity } from "../audit/finding.ts";
import { findingText } from "./finding-text.ts";
import { type FixAccount, fixDocument } from "./fix-account.ts";
import { analysisDocument, jsonText } from "./json.ts";
import type { Messages } from "./messages.ts";
import { printable } from "./names.ts";
import { textOf } from "./output.ts";
import { noteText } from "./wording.ts";

/** What an audit says, ready to be written. */
export interface AuditReport {
  /** The Dockerfile's path, or the reference of an image. */
  readonly file: string;
  readonly kind: "dockerfile" | "image";
  /** Null with `--no-build`. */
  readonly analysis: Analysis | null;
  readonly audit: Audit;
  /** What `--fix` or `--diff` came to. */
  readonly fix?: Omit<FixAccount, "file"> & { readonly result: FixResult };
}

/** The result of a fix beside the findings: a unified diff, the new text, or, where the file was rewritten, neither. */
export interface FixResult {
  readonly diff?: string;
  readonly text?: string;
}

/** The formats of `audit --format`, by name. */
export const AUDIT_FORMATS: Readonly<Record<string, (report: AuditReport) => string>> = {
  text: (report) => textOf(report.audit.findings.map((finding) => lineOf(finding, report))),
  json: (report) =>
    jsonText({
      ...(report.analysis === null ? { schemaVersion: 1 } : analysisDocument(report.analysis)),
      findings: report.audit.findings.map((one) => contractOf(one, report)),
      ...(report.fix === undefined
        ? {}
        : { ...fixDocument({ file: report.file, ...report.fix }), ...report.fix.result }),
    }),
};

/**
 * `Dockerfile:12 missing error libicu76 is needed …. Fix: add libicu76 to the list`; for an image the package stands in
 * place of the line: `app:1 libgd3 unused warning …`, and `-` where the finding is about none.
 */
function lineOf(finding: Finding, { file, kind }: AuditReport): string {
  const { message, fix } = findingText(finding);
  const place = kind === "image" ? ` ${printable(finding.package ?? "-")}` : `:${finding.line}`;
  return `${printable(file)}${place} ${finding.code} ${finding.severity} ${message}${fix === null ? "" : `. Fix: ${fix}`}`;
}

/** A finding under the names of the JSON contract. */
function contractOf(finding: Finding, { file, kind }: AuditReport): Readonly<Record<string, unknown>> {
  const { code, severity, confidence, line, column, endLine, endColumn, package: name, evidence, cost } = finding;
  const { message, fix } = findingText(finding);
  // An image has no lines; the text that the rules judged in place of its Dockerfile is nobody's.
  const lines = { line, column, endLine, endColumn };
  const span = kind === "image" ? { line: null, column: null, endLine: null, endColumn: null } : lines;
  const saved = cost === undefined ? {} : { cost: { bytes: cost.kibibytes * 1024, orphans: cost.orphans } };
  return { code, severity, confidence, file, ...span, package: name, message, evidence, fix, ...saved };
}

const WORDS: readonly (readonly [Severity, string, string])[] = [
  ["error", "error", "errors"],
  ["warning", "warning", "warnings"],
  ["info", "info", "info"],
];

/** Standard error of an audit; its last line is `1 error, 2 info; 1 ignored by comments`. */
export function tellAudit({ file, kind, analysis, audit }: AuditReport, messages: Messages): void {
  if (kind === "image") {
    messages.info(`held against ${printable(analysis?.runtime?.base ?? "")} as our table has it`);
    for (const note of analysis?.notes ?? []) if (note.code === "configuration-unknown") messages.info(noteText(note));
  }
  for (const { code, line } of audit.unknownCodes)
    messages.warning(`${printable(file)}:${line} a comment ignores ${printable(code)}, and no finding is called so`);
  const counts = WORDS.flatMap(([severity, one, many]) => {
    const number = audit.findings.filter((finding) => finding.severity === severity).length;
    return number === 0 ? [] : [`${number} ${number === 1 ? one : many}`];
  });
  const ignored = audit.ignored === 0 ? "" : `; ${audit.ignored} ignored by comments`;
  messages.lines([`${counts.length === 0 ? "no findings" : counts.join(", ")}${ignored}`]);
}
