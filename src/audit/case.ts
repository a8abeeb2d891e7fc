import type { ParsedInstruction } from "../dockerfile/parse.ts";
import type { Stage } from "../dockerfile/plan.ts";
import { stageChain } from "../dockerfile/select.ts";
import { type Detail, type FindingHead, type Found, type Severity, severityOf } from "./finding-head.ts";
import type { AuditInput } from "./input.ts";
import { type InstallList, installList } from "./listed.ts";
import { fromSpan, type Offsets, spanOf } from "./span.ts";
import { type Verdict, verdictsOf } from "./verdicts.ts";

/** All that a rule may look at. */
export interface AuditCase extends AuditInput {
  readonly runtime: Stage | null;
  /** The runtime stage and the stages that it begins with, the lowest first. */
  readonly chain: readonly Stage[];
  readonly list: InstallList;
  /** What speaks for each word of the list. */
  readonly verdicts: readonly Verdict[];
}

/** One rule: what it has to say about a case, in any order. */
export type Rule<D extends Detail = Detail> = (audit: AuditCase) => readonly Found<D>[];

/** Lays out what the rules look at. */
export function openCase(input: AuditInput): AuditCase {
  const runtime = input.plan.runtime;
  const chain = runtime === null ? [] : stageChain(input.plan.stages, runtime);
  const list = installList(chain);
  return { ...input, runtime, chain, list, verdicts: verdictsOf(list, chain, input) };
}

/** Makes a finding at a place of the Dockerfile; a severity of error is for what is proved or declared. */
export function found<const D extends Detail>(
  { parsed }: AuditCase,
  at: Offsets,
  severity: Severity,
  head: Pick<FindingHead, "confidence"> & Partial<Pick<FindingHead, "package" | "evidence">>,
  detail: D,
): Found<D> {
  return {
    ...spanOf(parsed, at),
    severity: severityOf(severity, head.confidence),
    confidence: head.confidence,
    package: head.package ?? null,
    evidence: head.evidence ?? [],
    ...detail,
  };
}

/**
 * Where a finding about the list as a whole stands: the last command that names packages in a stage whose list is the
 * runtime's alone, else the FROM of the runtime stage.
 */
export function listPlace(audit: AuditCase): Offsets {
  const last = audit.list.installs.findLast(
    ({ install, stage }) => install.packages.length > 0 && isUnshared(stage, audit),
  );
  return last?.install ?? runtimePlace(audit);
}

/** Whether all stages that begin with a stage belong to the runtime: they are below it, or begin with it. */
export function isUnshared(
  stage: Stage,
  { plan, chain, runtime }: Pick<AuditCase, "plan" | "chain" | "runtime">,
): boolean {
  return plan.stages.every((other) => {
    const its = stageChain(plan.stages, other);
    return !its.includes(stage) || chain.includes(other) || (runtime !== null && its.includes(runtime));
  });
}

/** The instructions of the runtime stage and the stages below it, FROM included, in the order of the file. */
export function chainInstructions({
  chain,
  parsed,
}: Pick<AuditCase, "chain" | "parsed">): readonly ParsedInstruction[] {
  return parsed.instructions.filter((one) =>
    chain.some(({ line, endLine }) => one.line >= line && one.endLine <= endLine),
  );
}

/** The FROM of the runtime stage. */
export function runtimePlace({ parsed, runtime }: AuditCase): Offsets {
  return fromSpan(parsed, runtime);
}
