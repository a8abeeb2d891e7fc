import type { Severity } from "../../audit/finding.ts";
import type { Entry } from "../entries.ts";
import type { AuditReport } from "../findings.ts";
import { textOf } from "../output.ts";
import { type Item, itemsOf } from "./items.ts";

const COMMANDS: Readonly<Record<Severity, string>> = { error: "error", warning: "warning", info: "notice" };

/** GitHub shows so many annotations of a kind for a step, and drops the others without a word. */
const MAX_OF_A_KIND = 10;

/**
 * Workflow commands that GitHub Actions shows as annotations
 * (docs.github.com, "Workflow commands for GitHub Actions"; actions/toolkit, packages/core/src/command.ts).
 */
export function githubReport(entries: readonly Entry<AuditReport>[]): string {
  const items = itemsOf(entries);
  const lines = (["error", "warning", "info"] as const).flatMap((severity) => {
    const all = items.filter(({ finding }) => finding.severity === severity);
    const shown = all.slice(0, MAX_OF_A_KIND).map(annotation);
    const more = all.length - shown.length;
    return more === 0 ? shown : [...shown, `${more} more of severity ${severity} are not shown as annotations`];
  });
  return textOf(lines);
}

function annotation({ finding, file, hasLines, message }: Item): string {
  const { code, severity, line, column, endLine, endColumn } = finding;
  const place = hasLines ? { file, line, col: column, endLine, endColumn } : {};
  const properties = Object.entries({ ...place, title: hasLines ? `msb-deps ${code}` : `msb-deps ${code} ${file}` });
  const list = properties.map(([name, value]) => `${name}=${escapeProperty(String(value))}`).join(",");
  return `::${COMMANDS[severity]} ${list}::${escapeData(message)}`;
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
