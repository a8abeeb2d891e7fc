import { commandsOf, isDataPackage, librariesOf } from "../../debian/contents.ts";
import { type AuditCase, found, type Rule } from "../case.ts";
import { isIdle } from "../idle.ts";
import { refusalOf } from "./unknown-package.ts";
import { judge } from "./unused.ts";

export interface NoEvidenceDetail {
  readonly code: "no-evidence";
  readonly name: string;
  /**
   * `data`: it has neither libraries nor commands · `unseen`: what was not read with certainty may call it · `opened`: a
   * program that runs may open its libraries by name · `unknown`.
   */
  readonly kind: "data" | "unseen" | "opened" | "unknown";
}

/** A package for which nothing speaks, and of which nothing could: data, and what is not known to have a library. */
export const noEvidence: Rule<NoEvidenceDetail> = (audit) =>
  audit.verdicts.flatMap((verdict) => {
    if (!isIdle(verdict, audit) || judge(verdict, audit) !== null || refusalOf(verdict, audit) !== null) return [];
    const { word, identity } = verdict;
    const { tables } = audit.facts;
    const data = isDataPackage(tables, identity.name);
    const kind = data ? "data" : kindOf(identity.name, audit);
    const head = { confidence: data ? "declared" : "heuristic", package: word.name } as const;
    return [found(audit, word, "info", head, { code: "no-evidence", name: word.name, kind })];
  });

function kindOf(name: string, { facts: { tables, release, withShlibs } }: AuditCase): NoEvidenceDetail["kind"] {
  if (commandsOf(tables, name).length > 0) return "unseen";
  const hasLibraries = release !== null && librariesOf(tables, release.key, name).length > 0;
  return name.startsWith("lib") && (hasLibraries || withShlibs.has(name)) ? "opened" : "unknown";
}
