import type { Entry } from "../entries.ts";
import type { AuditReport } from "../findings.ts";
import { itemsOf } from "./items.ts";
import { element, xmlDocument } from "./xml.ts";

/** The XML of checkstyle, which many CI systems read (checkstyle, XMLLogger). */
export function checkstyleReport(entries: readonly Entry<AuditReport>[]): string {
  const items = itemsOf(entries);
  const files = [...new Set(items.map(({ file }) => file))];
  const failed = entries.flatMap(({ label, document, error }) =>
    document !== null
      ? []
      : element("file", { name: label }, element("exception", {}, error?.message ?? "not audited")),
  );
  const content = files.flatMap((file) =>
    element(
      "file",
      { name: file },
      items.flatMap(({ finding, file: of, hasLines, message }) => {
        if (of !== file) return [];
        const place = hasLines ? { line: finding.line, column: finding.column } : { line: 1 };
        const { severity, code } = finding;
        return element("error", { ...place, severity, message, source: `msb-deps.${code}` });
      }),
    ),
  );
  return xmlDocument(element("checkstyle", { version: "4.3" }, [...content, ...failed]));
}
