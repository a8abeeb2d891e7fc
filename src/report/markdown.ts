import type { Analysis, Package } from "../analysis/model.ts";
import { itemsOf } from "./ci/items.ts";
import { dockerfileReport } from "./dockerfile.ts";
import type { Entry } from "./entries.ts";
import type { AuditReport } from "./findings.ts";
import { judgedText } from "./judged-text.ts";
import { code, fenced, Page, prose } from "./markdown-page.ts";
import { addedText, megabytes } from "./megabytes.ts";
import { textOf, withoutCredentials } from "./output.ts";
import { headingText, missingText } from "./wording.ts";

/** Analyses for a job summary or a comment: the instruction, what is missing, and each package with who needs it. */
export function analysesMarkdown(entries: readonly Entry<Analysis>[]): string {
  const page = new Page();
  page.line("## msb-deps");
  for (const { label, platform, document, error } of entries) {
    const where = platform === null ? "" : ` on ${platform}`;
    if (entries.length > 1) page.line("", `### ${code(label + where)}`);
    if (document === null) page.line("", `**Failed**: ${prose(error?.message ?? "not analyzed")}`);
    else analysisSection(document, page);
  }
  return textOf(page.lines);
}

function analysisSection(analysis: Analysis, page: Page): void {
  page.line("", prose(headingText(analysis)));
  if (!analysis.complete) page.line("", "**Incomplete**: not everything could be inspected.");
  page.line("", ...fenced("dockerfile", withoutCredentials(dockerfileReport(analysis)).trimEnd().split("\n")));
  if (analysis.missing.length > 0) page.list("**Missing**", analysis.missing.map(missingText));
  const named = analysis.packages.filter(({ status }) => status !== "base");
  if (named.length === 0) return;
  const { added } = analysis;
  const sizes = new Map(added.packages.map((one) => [`${one.name}:${one.architecture}`, one]));
  const rows = named.map((item) => {
    const one = sizes.get(`${item.name}:${item.architecture}`);
    const size = one?.bytes == null ? "" : megabytes(one.bytes);
    return [code(item.name), prose(statusText(item)), prose(one?.version ?? ""), size, neededBy(item)];
  });
  page.table(["package", "status", "version", "size", "needed by"], rows);
  if (added.from !== null) page.line("", prose(`The line adds ${addedText(analysis)}.`));
}

function statusText({ status, impliedBy }: Package): string {
  return status === "implied" ? `dependency of ${impliedBy.slice(0, 3).join(", ")}` : status;
}

/** Who needs a package: the first, and how many more. */
function neededBy({ reasons }: Package): string {
  const [first] = reasons;
  if (first === undefined) return "";
  return `${code(first.artifact)}${reasons.length > 1 ? ` and ${reasons.length - 1} more` : ""}`;
}

/** Audits for a job summary or a comment: a table of findings, and what was not judged. */
export function auditsMarkdown(entries: readonly Entry<AuditReport>[]): string {
  const page = new Page();
  const items = itemsOf(entries);
  const number = items.length === 0 ? "no findings" : `${items.length} ${items.length === 1 ? "finding" : "findings"}`;
  page.line(`## msb-deps audit: ${number}`);
  for (const { label, document, error } of entries)
    if (document === null) page.line("", `${code(label)} **failed**: ${prose(error?.message ?? "not audited")}`);
  const rows = items.map(({ finding, file, hasLines, message }) => [
    code(hasLines ? `${file}:${finding.line}` : file),
    finding.severity,
    code(finding.code),
    prose(message),
  ]);
  if (rows.length > 0) page.table(["place", "severity", "rule", "finding"], rows);
  const notes = entries.flatMap(({ label, document }) =>
    judgedText(document?.audit.judged ?? []).map((text) => (entries.length === 1 ? text : `${label}: ${text}`)),
  );
  if (notes.length > 0) page.list("Not everything was checked", notes);
  return textOf(page.lines);
}
