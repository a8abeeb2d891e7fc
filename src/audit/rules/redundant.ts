import { found, type Rule } from "../case.ts";
import type { Verdict } from "../verdicts.ts";

export interface RedundantDetail {
  readonly code: "redundant";
  readonly name: string;
  readonly kind: "base" | "implied";
  /** The base image, or the listed packages that bring it. */
  readonly by: readonly string[];
}

/** A package that would be there without being listed. No fault: a list may name what the program needs. */
export const redundant: Rule<RedundantDetail> = (audit) =>
  audit.verdicts.flatMap((verdict) => {
    if (!isRedundant(verdict)) return [];
    const { word, inBase, impliedBy, below } = verdict;
    const { base, root } = audit.facts;
    const { known, reference } = below && root !== null ? root : base;
    const head = { confidence: inBase ? (known ?? "heuristic") : "proved", package: word.name } as const;
    const kind = inBase ? "base" : "implied";
    const by = inBase ? [reference] : impliedBy;
    return [found(audit, word, "info", head, { code: "redundant", name: word.name, kind, by })];
  });

/** Whether the base has the package of a word, or another listed package depends on it. */
export function isRedundant({ inBase, impliedBy }: Verdict): boolean {
  return inBase || impliedBy.length > 0;
}
