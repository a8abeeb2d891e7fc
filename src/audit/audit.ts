import { compareNames } from "../base/names.ts";
import type { Stage } from "../dockerfile/plan.ts";
import { openCase } from "./case.ts";
import { FINDING_CODES, type Finding, type FindingCode, type Severity } from "./finding.ts";
import { type Ignores, isIgnored, readIgnores } from "./ignore.ts";
import type { AuditInput } from "./input.ts";
import { type Judgement, judgementsOf } from "./judged.ts";
import { isLeftOut, weighed } from "./policy.ts";
import { RULES } from "./rules/index.ts";

/** What an audit came to. */
export interface Audit {
  /** In the order of the Dockerfile. */
  readonly findings: readonly Finding[];
  readonly ignored: number;
  /** How many findings the project's policy leaves out. */
  readonly leftOut: number;
  /** How many findings are left out because a baseline has them; absent without one. */
  readonly known?: number;
  /** The stages of the Dockerfile. */
  readonly stages: readonly Pick<Stage, "name" | "index" | "line" | "endLine">[];
  readonly unknownCodes: Ignores["unknown"];
  /** Whether each rule could look at what it judges. */
  readonly judged: readonly Judgement[];
  /** The stage that was audited in place of the last one, which is usually not what ships; null if it is the last one. */
  readonly instead: { readonly audited: Stage; readonly of: Stage } | null;
}

/** Holds a Dockerfile against the rules. */
export function audit(input: AuditInput, codes: readonly FindingCode[] = FINDING_CODES): Audit {
  const ignores = readIgnores(input.parsed);
  const opened = openCase(input);
  const { passedOver, runtime } = input.plan;
  const all = codes.flatMap((code): readonly Finding[] => RULES[code].rule(opened));
  const kept = all.filter((finding) => !isIgnored(finding, ignores));
  const { policy } = input;
  const left = policy === undefined ? kept : kept.filter((one) => !isLeftOut(one, policy));
  const findings = withoutContradictions(policy === undefined ? left : left.map((one) => weighed(one, policy)));
  return {
    findings: findings.sort(byPosition),
    ignored: all.length - kept.length,
    leftOut: kept.length - left.length,
    stages: input.plan.stages,
    unknownCodes: ignores.unknown,
    judged: judgementsOf(opened, codes),
    instead: passedOver === null || runtime === null ? null : { audited: runtime, of: passedOver },
  };
}

/** What is said of a word already if another finding of it asks for something else. */
const YIELDS: Partial<Readonly<Record<FindingCode, readonly FindingCode[]>>> = {
  renamed: ["dev-package", "unused"],
  "dev-package": ["unknown-package"],
};

/** A word that should go needs no other name, and one that does not exist is no development package. */
function withoutContradictions(findings: readonly Finding[]): Finding[] {
  const said = new Map<string, Set<FindingCode>>();
  const keyOf = ({ line, column, package: name }: Finding): string => `${line}:${column} ${name ?? ""}`;
  for (const finding of findings) {
    const codes = said.get(keyOf(finding)) ?? new Set();
    said.set(keyOf(finding), codes.add(finding.code));
  }
  return findings.filter((one) => YIELDS[one.code]?.some((code) => said.get(keyOf(one))?.has(code)) !== true);
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
