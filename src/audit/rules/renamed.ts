import { found, type Rule } from "../case.ts";

export interface RenamedDetail {
  readonly code: "renamed";
  readonly name: string;
  readonly to: string;
}

/** A package that is called otherwise now and provides its old name: apt takes it, and readers look for another. */
export const renamed: Rule<RenamedDetail> = (audit) =>
  audit.verdicts.flatMap(({ word, identity }) => {
    if (identity.renamed === null) return [];
    const head = { confidence: identity.renamed, package: word.name };
    return [found(audit, word, "info", head, { code: "renamed", name: word.name, to: identity.name })];
  });
