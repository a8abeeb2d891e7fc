import type { Severity } from "../../audit/finding.ts";
import type { Entry } from "../entries.ts";
import type { AuditReport } from "../findings.ts";
import { jsonText } from "../json.ts";
import { itemsOf } from "./items.ts";

const SEVERITIES: Readonly<Record<Severity, string>> = { error: "major", warning: "minor", info: "info" };

/** A Code Quality report (docs.gitlab.com, "Code Quality report format"). */
export function gitlabReport(entries: readonly Entry<AuditReport>[]): string {
  return jsonText(
    itemsOf(entries).map(({ finding, file, hasLines, message, fingerprint }) => ({
      description: message,
      check_name: `msb-deps/${finding.code}`,
      fingerprint,
      severity: SEVERITIES[finding.severity],
      location: {
        path: file,
        lines: hasLines ? { begin: finding.line, end: finding.endLine } : { begin: 1, end: 1 },
      },
    })),
  );
}
