import type { Analysis } from "../analysis/model.ts";
import type { Entry } from "./entries.ts";
import { type AuditReport, auditDocument, findingLine } from "./findings.ts";
import { analysisDocument, jsonText } from "./json.ts";
import { printable } from "./names.ts";
import { textOf } from "./output.ts";
import { wrapHanging } from "./wrap.ts";

/** The result for one Dockerfile of a run over many, on one platform. */
export interface FileResult<Document> extends Entry<Document> {
  readonly exitCode: number;
}

/** The results of a run, in the order of its paths. */
export type FileResults<Document> = readonly FileResult<Document>[];

/** Something that holds on some of the platforms of a Dockerfile only. */
export interface Difference {
  readonly label: string;
  readonly what: string;
  readonly platforms: readonly string[];
}

/** Writes each document under a comment with its file; the answer for platforms that have the same one is written once. */
export function headed<Options>(
  write: (document: Analysis, options: Options) => string,
): (results: FileResults<Analysis>, options: Options) => string {
  return (results, options) => {
    const parts = new Map<string, { readonly label: string; readonly text: string; readonly platforms: string[] }>();
    for (const { label, platform, document } of results) {
      const text = document === null ? textOf(["# FAILED: see standard error"]) : write(document, options);
      const key = JSON.stringify([label, text]);
      const part = parts.get(key) ?? { label, text, platforms: [] };
      if (platform !== null) part.platforms.push(platform);
      parts.set(key, part);
    }
    const heading = ({ label, platforms }: { label: string; platforms: readonly string[] }): string =>
      `# ${printable(label)}${platforms.length === 0 ? "" : ` on ${platforms.join(", ")}`}`;
    return [...parts.values()].map((part) => textOf([heading(part)]) + part.text).join("\n");
  };
}

/** One finding per line, wrapped; one that not all platforms of its file have says which do. */
export function auditsText(
  results: FileResults<AuditReport>,
  { columns }: { readonly columns: number | null },
): string {
  const lines = new Map<string, { readonly label: string; readonly line: string; readonly platforms: string[] }>();
  for (const { label, platform, document } of results) {
    for (const finding of document?.audit.findings ?? []) {
      const line = document === null ? "" : findingLine(finding, document);
      const key = JSON.stringify([label, line, platform === null ? lines.size : ""]);
      const known = lines.get(key) ?? { label, line, platforms: [] };
      if (platform !== null) known.platforms.push(platform);
      lines.set(key, known);
    }
  }
  const all = platformsByLabel(results);
  return textOf(
    [...lines.values()].flatMap(({ label, line, platforms }) => {
      const some = platforms.length < (all.get(label)?.length ?? 0);
      return wrapHanging(some ? `${line} (only on ${platforms.join(", ")})` : line, columns, 4);
    }),
  );
}

/** The JSON contract of analyses of many files. */
export function analysesJson(results: FileResults<Analysis>): string {
  return manyJson(results, analysisDocument, differingPackages(results));
}

/** The JSON contract of audits of many files. */
export function auditsJson(results: FileResults<AuditReport>): string {
  return manyJson(results, auditDocument, []);
}

function manyJson<Document>(
  results: FileResults<Document>,
  write: (document: Document) => object,
  differences: readonly Difference[],
): string {
  return jsonText({
    schemaVersion: 1,
    files: results.map(({ label, platform, exitCode, document, error }) => ({
      file: label,
      platform,
      exitCode,
      error: error === null ? null : { code: error.code, message: error.message, hint: error.hint },
      ...(document === null ? {} : write(document)),
    })),
    differences: differences.map(({ label, what, platforms }) => ({ file: label, package: what, platforms })),
  });
}

/** Packages that the lines of some platforms of a file have, and those of others do not. */
export function differingPackages(results: FileResults<Analysis>): Difference[] {
  const differences: Difference[] = [];
  for (const [label, all] of platformsByLabel(results)) {
    const installs = results.flatMap(({ label: one, platform, document }) =>
      one === label && platform !== null && document !== null ? [{ platform, install: document.install }] : [],
    );
    const names = [...new Set(installs.flatMap(({ install }) => install))].sort();
    for (const what of names) {
      const platforms = installs.flatMap(({ platform, install }) => (install.includes(what) ? [platform] : []));
      if (platforms.length < Math.min(all.length, installs.length)) differences.push({ label, what, platforms });
    }
  }
  return differences;
}

function platformsByLabel(results: FileResults<unknown>): ReadonlyMap<string, readonly string[]> {
  const all = new Map<string, string[]>();
  for (const { label, platform } of results)
    if (platform !== null) all.set(label, [...(all.get(label) ?? []), platform]);
  return all;
}
