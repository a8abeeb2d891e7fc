import type { Stage } from "../dockerfile/plan.ts";
import type { Finding, FindingDetail, FindingHead, Severity } from "./finding.ts";
import { severityOf } from "./finding.ts";
import type { AuditInput } from "./input.ts";
import { type InstallList, installList } from "./listed.ts";
import { fromSpan, type Offsets, spanOf } from "./span.ts";
import { type Verdict, verdictsOf } from "./verdicts.ts";

/** All that a rule may look at. */
export interface AuditCase extends AuditInput {
  readonly runtime: Stage | null;
  readonly list: InstallList;
  /** What speaks for each word of the list. */
  readonly verdicts: readonly Verdict[];
}

/** One rule: what it has to say about a case, in any order. */
export type Rule = (audit: AuditCase) => readonly Finding[];

/** Lays out what the rules look at. */
export function openCase(input: AuditInput): AuditCase {
  const runtime = input.plan.runtime;
  const list = installList(runtime);
  return { ...input, runtime, list, verdicts: verdictsOf(list, runtime, input) };
}

/** Makes a finding at a place of the Dockerfile; a severity of error is for what is proved or declared. */
export function found(
  { parsed }: AuditCase,
  at: Offsets,
  severity: Severity,
  head: Pick<FindingHead, "confidence"> & Partial<Pick<FindingHead, "package" | "evidence">>,
  detail: FindingDetail,
): Finding {
  return {
    ...spanOf(parsed, at),
    severity: severityOf(severity, head.confidence),
    confidence: head.confidence,
    package: head.package ?? null,
    evidence: head.evidence ?? [],
    ...detail,
  };
}

/** Where a finding about the list as a whole stands: its last command that names packages, else the stage's FROM. */
export function listPlace(audit: AuditCase): Offsets {
  const last = audit.list.installs.findLast(({ install }) => install.packages.length > 0);
  return last?.install ?? runtimePlace(audit);
}

/** The FROM of the runtime stage. */
export function runtimePlace({ parsed, runtime }: AuditCase): Offsets {
  return fromSpan(parsed, runtime);
}
