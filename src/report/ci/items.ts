import { createHash } from "node:crypto";
import type { Finding } from "../../audit/finding.ts";
import type { Entry } from "../entries.ts";
import { findingText } from "../finding-text.ts";
import type { AuditReport } from "../findings.ts";
import { printable } from "../names.ts";
import { withoutCredentials } from "../output.ts";

/** A finding in words and at its place, for the formats of CI systems. Every text is one printable line. */
export interface Item {
  readonly finding: Finding;
  /** The Dockerfile, without `./`, or the reference of an image. */
  readonly file: string;
  /** An image has no lines: the finding then says nothing of one. */
  readonly hasLines: boolean;
  /** What is wrong, and what to do. */
  readonly message: string;
  /** The same for the same finding, wherever it stands; different for two of one report. */
  readonly fingerprint: string;
}

type Raw = Omit<Item, "fingerprint">;

/** What a report has to say, in the order of its files. A finding of several platforms is one item. */
export function itemsOf(entries: readonly Entry<AuditReport>[]): Item[] {
  const items = entries.flatMap(({ document, platform }) =>
    document === null ? [] : itemsOfReport(document, platform),
  );
  const merged = new Map<string, Raw & { readonly platforms: string[] }>();
  for (const { platform, ...item } of items) {
    const { line, column } = item.finding;
    const key = JSON.stringify([
      item.file,
      line,
      column,
      item.finding.code,
      item.message,
      platform === null ? merged.size : "",
    ]);
    const known = merged.get(key) ?? { ...item, platforms: [] as string[] };
    if (platform !== null) known.platforms.push(platform);
    merged.set(key, known);
  }
  const seen = new Map<string, number>();
  return [...merged.values()].map(({ platforms, ...item }) => {
    const basis = JSON.stringify([item.file, item.finding.code, item.message]);
    const before = seen.get(basis) ?? 0;
    seen.set(basis, before + 1);
    const where =
      platforms.length === 0 || platforms.length === countPlatforms(entries, item.file)
        ? ""
        : ` (only on ${platforms.join(", ")})`;
    return {
      ...item,
      message: item.message + where,
      fingerprint: fingerprintOf(`${basis}${before === 0 ? "" : before}`),
    };
  });
}

function countPlatforms(entries: readonly Entry<AuditReport>[], file: string): number {
  return entries.filter(({ document }) => document !== null && fileOf(document) === file).length;
}

function itemsOfReport(report: AuditReport, platform: string | null): (Raw & { readonly platform: string | null })[] {
  const hasLines = report.kind === "dockerfile";
  return report.audit.findings.map((finding) => {
    const { message, fix } = findingText(finding);
    const text = fix === null ? message : `${message}. Fix: ${fix}`;
    return { finding, file: fileOf(report), hasLines, message: withoutCredentials(printable(text)), platform };
  });
}

/** As CI systems want the path: from the root of the repository. */
function fileOf({ file, kind }: AuditReport): string {
  const path = file === "-" ? "Dockerfile" : kind === "image" ? file : file.replace(/^(?:\.\/+)+/, "");
  return withoutCredentials(printable(path));
}

function fingerprintOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
