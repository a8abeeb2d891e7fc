import { FINDING_CODES } from "../../audit/finding.ts";
import type { Entry } from "../entries.ts";
import type { AuditReport } from "../findings.ts";
import { reasonText } from "../judged-text.ts";
import { type Item, itemsOf } from "./items.ts";
import { element, xmlDocument } from "./xml.ts";

interface Suite {
  readonly lines: readonly string[];
  readonly tests: number;
  readonly failures: number;
  readonly errors: number;
  readonly skipped: number;
}

/**
 * The XML of JUnit as Jenkins and GitLab read it: a suite for each file and a test for each rule, which fails with what is
 * at least a warning. A rule that could not be judged is skipped.
 */
export function junitReport(entries: readonly Entry<AuditReport>[]): string {
  const suites = entries.map(suiteOf);
  const sum = (of: "tests" | "failures" | "errors"): number => suites.reduce((all, suite) => all + suite[of], 0);
  const counts = { tests: sum("tests"), failures: sum("failures"), errors: sum("errors") };
  return xmlDocument(
    element(
      "testsuites",
      { name: "msb-deps", ...counts },
      suites.flatMap(({ lines }) => lines),
    ),
  );
}

function suiteOf(entry: Entry<AuditReport>): Suite {
  const { label, platform, document, error } = entry;
  const name = platform === null ? label : `${label} (${platform})`;
  if (document === null) {
    const lines = testCase("audit", label, element("error", { message: error?.message ?? "not audited" }));
    return { ...suite(name, { tests: 1, failures: 0, errors: 1, skipped: 0 }, lines) };
  }
  const items = itemsOf([entry]);
  const cases = FINDING_CODES.map((code) => {
    const found = items.filter(({ finding }) => finding.code === code);
    return caseOf(
      code,
      found,
      label,
      document.audit.judged.find(({ rule }) => rule === code),
    );
  });
  const of = (outcome: string): number => cases.filter((one) => one.outcome === outcome).length;
  const counts = { tests: cases.length, failures: of("failed"), errors: 0, skipped: of("skipped") };
  return suite(
    name,
    counts,
    cases.flatMap(({ lines }) => lines),
  );
}

function suite(name: string, counts: Omit<Suite, "lines">, cases: readonly string[]): Suite {
  return { ...counts, lines: element("testsuite", { name, ...counts }, cases) };
}

function caseOf(
  code: string,
  items: readonly Item[],
  label: string,
  judged: AuditReport["audit"]["judged"][number] | undefined,
): { readonly outcome: "passed" | "failed" | "skipped"; readonly lines: string[] } {
  const failures = items.filter(({ finding }) => finding.severity !== "info");
  const infos = items.filter(({ finding }) => finding.severity === "info");
  const isSkipped = items.length === 0 && judged?.status === "not-judged";
  const content = [
    ...(isSkipped && judged.reason !== null ? element("skipped", {}, reasonText(judged.reason)) : []),
    ...failures.flatMap((item) => element("failure", { type: item.finding.severity, message: placed(item) })),
    ...infos.flatMap((item) => element("system-out", {}, placed(item))),
  ];
  const outcome = failures.length > 0 ? "failed" : isSkipped ? "skipped" : "passed";
  return { outcome, lines: testCase(code, label, content) };
}

function testCase(name: string, classname: string, content: readonly string[]): string[] {
  return element("testcase", { name, classname }, content);
}

function placed({ file, finding, hasLines, message }: Item): string {
  return `${file}${hasLines ? `:${finding.line}` : ` ${finding.package ?? "-"}`} ${message}`;
}
