import type { Analysis } from "../analysis/model.ts";
import { differingPackages, type FileResults } from "./file-results.ts";
import { type AuditReport, countsText } from "./findings.ts";
import { judgedText } from "./judged-text.ts";
import { printable } from "./names.ts";

/** What the line of progress says of an analysis. */
export function analysisBrief({ complete, install, missing, copy }: Analysis): string {
  return [
    plural(install.length, "package"),
    ...(missing.length > 0 ? [`${missing.length} missing`] : []),
    ...(copy.length > 0 ? [`${copy.length} to copy`] : []),
    ...(complete ? [] : ["incomplete"]),
  ].join(", ");
}

/** What the line of progress says of an audit. */
export function auditBrief({ audit }: AuditReport): string {
  return countsText([audit]);
}

/** The last lines of standard error: what differs, and how the run as a whole ended. */
export function analysesSummary(results: FileResults<Analysis>): string[] {
  const differs = differingPackages(results).map(
    ({ label, what, platforms }) => `differs: ${printable(label)}: ${what} only on ${platforms.join(", ")}`,
  );
  const documents = results.flatMap(({ document }) => document ?? []);
  const open = results.filter(({ document, exitCode }) => document !== null && exitCode !== 0).length;
  const parts = [`${documents.length - open} complete`, ...(open > 0 ? [`${open} not complete`] : [])];
  return [...differs, total(results, parts.join(", "))];
}

/** As {@link analysesSummary}; what was not judged is said once for all files. */
export function auditsSummary(results: FileResults<AuditReport>): string[] {
  const documents = results.flatMap(({ document }) => document ?? []);
  const open = new Map<string, number>();
  for (const { audit } of documents)
    for (const line of judgedText(audit.judged)) open.set(line, (open.get(line) ?? 0) + 1);
  const lines = [...open].map(([line, number]) => `${line}: ${plural(number, "file")}`);
  return [...lines, total(results, countsText(documents.map(({ audit }) => audit)))];
}

/** `60 files: 3 errors, 50 info; 1 failed`. */
function total(results: FileResults<unknown>, words: string): string {
  const failed = results.filter(({ document }) => document === null).length;
  return `${plural(results.length, "file")}: ${words}${failed === 0 ? "" : `; ${failed} failed`}`;
}

function plural(number: number, one: string): string {
  return `${number} ${number === 1 ? one : `${one}s`}`;
}
