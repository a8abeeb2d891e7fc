import { found, type Rule } from "../case.ts";
import { isRedundant } from "./redundant.ts";

export interface RenamedDetail {
  readonly code: "renamed";
  readonly name: string;
  readonly to: string;
  /** Whether the word is reported as redundant too: then the other name is for who keeps it. */
  readonly redundant: boolean;
}

/** A package that is called otherwise now and provides its old name: apt takes it, and readers look for another. */
export const renamed: Rule<RenamedDetail> = (audit) =>
  audit.verdicts.flatMap((verdict) => {
    const { word, identity } = verdict;
    if (identity.renamed === null) return [];
    const head = { confidence: identity.renamed, package: word.name };
    const redundant = isRedundant(verdict);
    return [found(audit, word, "info", head, { code: "renamed", name: word.name, to: identity.name, redundant })];
  });
