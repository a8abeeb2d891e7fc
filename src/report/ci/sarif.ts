import { FINDING_CODES, type Severity } from "../../audit/finding.ts";
import type { Entry } from "../entries.ts";
import type { AuditReport } from "../findings.ts";
import { jsonText } from "../json.ts";
import { judgedText } from "../judged-text.ts";
import { printable } from "../names.ts";
import { withoutCredentials } from "../output.ts";
import { tool } from "../tool.ts";
import { type Item, itemsOf } from "./items.ts";
import { RULE_TEXT } from "./rule-text.ts";

const LEVELS: Readonly<Record<Severity, string>> = { error: "error", warning: "warning", info: "note" };

/** SARIF 2.1.0 (docs.oasis-open.org/sarif/sarif/v2.1.0), for code scanning and editors. */
export function sarifReport(entries: readonly Entry<AuditReport>[]): string {
  const { name, version } = tool();
  return jsonText({
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name, version, rules: FINDING_CODES.map(ruleOf) } },
        columnKind: "utf16CodeUnits",
        invocations: [invocationOf(entries)],
        results: itemsOf(entries).map(resultOf),
      },
    ],
  });
}

function ruleOf(id: (typeof FINDING_CODES)[number]): object {
  const { text, severity } = RULE_TEXT[id];
  return { id, shortDescription: { text }, defaultConfiguration: { level: LEVELS[severity] } };
}

/** Which files could not be audited, or not wholly: without this, no result would look like a good one. */
function invocationOf(entries: readonly Entry<AuditReport>[]): object {
  const notifications = entries.flatMap(({ label, document, error }) => {
    const at = (text: string): string => withoutCredentials(`${printable(label)}: ${printable(text)}`);
    if (document === null) return [{ level: "error", message: { text: at(error?.message ?? "not audited") } }];
    return judgedText(document.audit.judged).map((text) => ({ level: "note", message: { text: at(text) } }));
  });
  return {
    executionSuccessful: entries.every(({ document }) => document !== null && document.analysis?.complete !== false),
    ...(notifications.length === 0 ? {} : { toolExecutionNotifications: notifications }),
  };
}

function resultOf({ finding, file, hasLines, message, fingerprint }: Item): object {
  const { code, severity, confidence, line, column, endLine, endColumn, package: name } = finding;
  const location = hasLines
    ? {
        physicalLocation: {
          artifactLocation: { uri: uriOf(file) },
          region: { startLine: line, startColumn: column, endLine, endColumn },
        },
      }
    : { logicalLocations: [{ name: printable(name ?? file), fullyQualifiedName: file }] };
  return {
    ruleId: code,
    ruleIndex: FINDING_CODES.indexOf(code),
    level: LEVELS[severity],
    message: { text: message },
    locations: [location],
    partialFingerprints: { "msbDeps/v1": fingerprint },
    properties: { confidence, package: name === null ? null : printable(name) },
  };
}

/** A relative reference (RFC 3986, 4.2), or `file:` for an absolute path. */
function uriOf(path: string): string {
  // A colon in the first segment would make that a scheme.
  const uri = path.split("/").map(encodeURIComponent).join("/");
  return uri.startsWith("/") ? `file://${uri}` : uri;
}
