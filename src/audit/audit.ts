import { compareNames } from "../base/names.ts";
import { openCase } from "./case.ts";
import { FINDING_CODES, type Finding, type FindingCode, type Severity } from "./finding.ts";
import { type Ignores, isIgnored, readIgnores } from "./ignore.ts";
import type { AuditInput } from "./input.ts";
import { RULES } from "./rules/index.ts";

/** What an audit came to. */
export interface Audit {
  /** In the order of the Dockerfile. */
  readonly findings: readonly Finding[];
  readonly ignored: number;
  readonly unknownCodes: Ignores["unknown"];
}

/** Holds a Dockerfile against the rules. */
export function audit(input: AuditInput, codes: readonly FindingCode[] = FINDING_CODES): Audit {
  const ignores = readIgnores(input.parsed);
  const opened = openCase(input);
  const all = codes.flatMap((code) => RULES[code](opened));
  const findings = all.filter((finding) => !isIgnored(finding, ignores)).sort(byPosition);
  return { findings, ignored: all.length - findings.length, unknownCodes: ignores.unknown };
}

const ORDER: readonly Severity[] = ["info", "warning", "error"];

/** Whether a finding is at or over a threshold. */
export function reaches(threshold: Severity | "none", findings: readonly Finding[]): boolean {
  if (threshold === "none") return false;
  return findings.some(({ severity }) => ORDER.indexOf(severity) >= ORDER.indexOf(threshold));
}

function byPosition(a: Finding, b: Finding): number {
  const code = (one: Finding): number => FINDING_CODES.indexOf(one.code);
  return (
    a.line - b.line || a.column - b.column || code(a) - code(b) || compareNames(JSON.stringify(a), JSON.stringify(b))
  );
}
