import type { CopyNeed } from "../../analysis/model.ts";
import { type AuditCase, found, type Rule, runtimePlace } from "../case.ts";
import { instructionAt, type Offsets } from "../span.ts";

export interface NotCopiedDetail {
  readonly code: "not-copied";
  readonly soname: string;
  readonly stage: string | null;
  readonly source: string;
  readonly destination: string;
}

/** A library that no package brings to the runtime stage, and that no COPY brings either. */
export const notCopied: Rule<NotCopiedDetail> = (audit) =>
  (audit.analysis?.copy ?? []).map((need) => {
    const { soname, stage, source, destination } = need;
    const evidence = need.requiredBy.map((artifact) => ({ artifact, chain: [{ soname, path: source }] }));
    const head = { confidence: "proved", package: need.package, evidence } as const;
    return found(audit, placeOf(need, audit), "error", head, {
      code: "not-copied",
      soname,
      stage,
      source,
      destination,
    });
  });

/** The last COPY from the library's stage, behind which its own belongs. */
function placeOf({ stage }: CopyNeed, audit: AuditCase): Offsets {
  const { plan, parsed } = audit;
  const index = plan.stages.find((one) => (one.name ?? String(one.index)) === stage)?.index;
  const last = plan.copies.findLast((mapping) => mapping.line > 0 && mapping.stage === index);
  return (last === undefined ? null : instructionAt(parsed, last.line)) ?? runtimePlace(audit);
}
