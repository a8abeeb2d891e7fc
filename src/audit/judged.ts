import type { AuditCase } from "./case.ts";
import type { FindingCode } from "./finding.ts";
import type { OpenReason } from "./needs.ts";
import { RULES } from "./rules/index.ts";

/** Whether a rule could look at what it judges: without that no finding of it means nothing. */
export interface Judgement {
  readonly rule: FindingCode;
  readonly status: "judged" | "partly" | "not-judged";
  /** Null if it was judged. */
  readonly reason: OpenReason | null;
}

/** What is known of each rule's subject, in the order of the rules. */
export function judgementsOf(audit: AuditCase, codes: readonly FindingCode[]): Judgement[] {
  return codes.map((rule) => {
    const open = RULES[rule].needs.flatMap((need) => need(audit) ?? []);
    const first = open.find(({ status }) => status === "not-judged") ?? open[0];
    return first === undefined ? { rule, status: "judged", reason: null } : { rule, ...first };
  });
}
