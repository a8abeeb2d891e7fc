import type { Analysis } from "../analysis/model.ts";
import type { Audit } from "../audit/audit.ts";
import type { Finding, Severity } from "../audit/finding.ts";
import { findingText } from "./finding-text.ts";
import { type FixAccount, fixDocument } from "./fix-account.ts";
import { analysisDocument, jsonText } from "./json.ts";
import { judgedDocument, judgedText } from "./judged-text.ts";
import type { Messages } from "./messages.ts";
import { printable } from "./names.ts";
import { textOf } from "./output.ts";
import { noteText } from "./wording.ts";
import { wrapHanging } from "./wrap.ts";

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

/** One finding per line, wrapped. */
export function auditText(report: AuditReport, { columns }: { readonly columns: number | null }): string {
  return textOf(report.audit.findings.flatMap((finding) => wrapHanging(findingLine(finding, report), columns, 4)));
}

/** The JSON contract of an audit: the analysis, if there is one, and the findings. */
export function auditJson(report: AuditReport): string {
  return jsonText(auditDocument(report));
}

/** An audit under the names of the JSON contract. */
export function auditDocument(report: AuditReport): object {
  return {
    ...(report.analysis === null ? { schemaVersion: 1 } : analysisDocument(report.analysis)),
    findings: report.audit.findings.map((one) => contractOf(one, report)),
    judged: judgedDocument(report.audit.judged),
    ...(report.fix === undefined ? {} : { ...fixDocument({ file: report.file, ...report.fix }), ...report.fix.result }),
  };
}

/**
 * `Dockerfile:12 missing error libicu76 is needed …. Fix: add libicu76 to the list`; for an image the package stands in
 * place of the line: `app:1 libgd3 unused warning …`, and `-` where the finding is about none.
 */
export function findingLine(finding: Finding, { file, kind }: AuditReport): string {
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

/** `audited: stage app; the last stage, test, looks like one that is not shipped (--runtime test audits it)`. */
function insteadText(instead: NonNullable<Audit["instead"]>): string {
  const [audited, last] = [instead.audited, instead.of].map(({ name, index }) => printable(name ?? String(index)));
  return `audited: stage ${audited}; the last stage, ${last}, does not look like the one to ship (audit it with --runtime ${last})`;
}

/** Standard error of an audit; its last line is `1 error, 2 info; 1 ignored by comments`. */
export function tellAudit({ file, kind, analysis, audit }: AuditReport, messages: Messages): void {
  if (kind === "image") {
    messages.info(`compared with ${printable(analysis?.runtime?.base ?? "")} (built-in table)`);
    for (const note of analysis?.notes ?? []) if (note.code === "configuration-unknown") messages.info(noteText(note));
  }
  if (audit.instead !== null) messages.info(insteadText(audit.instead));
  for (const { code, line } of audit.unknownCodes)
    messages.warning(`${printable(file)}:${line} unknown code "${printable(code)}" in an ignore comment`);
  messages.lines([...judgedText(audit.judged), countsText([audit])]);
}

/** `1 error, 2 info; 1 ignored by comments`, for one audit or many. */
export function countsText(audits: readonly Pick<Audit, "findings" | "ignored" | "leftOut" | "known">[]): string {
  const counts = WORDS.flatMap(([severity, one, many]) => {
    const number = audits.flatMap(({ findings }) => findings).filter((one) => one.severity === severity).length;
    return number === 0 ? [] : [`${number} ${number === 1 ? one : many}`];
  });
  const total = (of: (audit: (typeof audits)[number]) => number): number =>
    audits.reduce((sum, audit) => sum + of(audit), 0);
  const aside = [
    [total(({ ignored }) => ignored), "ignored by comments"],
    [total(({ leftOut }) => leftOut), "left out by the config file"],
    [total(({ known = 0 }) => known), "in the baseline"],
  ] as const;
  const left = aside.flatMap(([number, text]) => (number === 0 ? [] : `; ${number} ${text}`));
  return `${counts.length === 0 ? "no findings" : counts.join(", ")}${left.join("")}`;
}
