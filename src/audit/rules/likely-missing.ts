import { librariesOfDevelopment } from "../../debian/development.ts";
import { found, listPlace, type Rule } from "../case.ts";
import { expectedLibraries, isSmallBase } from "../expected.ts";

export interface LikelyMissingDetail {
  readonly code: "likely-missing";
  /** Packages; at least one of them is likely needed. */
  readonly names: readonly string[];
  /** The -dev package that the builder installs, and the stage that does. */
  readonly development: string;
  readonly stage: string;
  /** The base if its packages are not known, so that it may have them; else null. */
  readonly perhapsIn: string | null;
}

/** Libraries that the builder has -dev packages of, and the runtime stage does not list. A build answers this exactly. */
export const likelyMissing: Rule<LikelyMissingDetail> = (audit) => {
  const { analysis, facts, list, verdicts, plan } = audit;
  const { release, tables, base } = facts;
  // A list that was not read may have them.
  if (analysis !== null || release === null || list.unread.length > 0 || !isSmallBase(facts)) return [];
  const listed = new Set(
    verdicts.flatMap(({ word, identity }) => [
      identity.name,
      word.name,
      ...librariesOfDevelopment(tables, release.key, word.name),
    ]),
  );
  const perhapsIn = base.known === null ? base.reference : null;
  return expectedLibraries(plan, facts)
    .filter(({ libraries }) => !libraries.some((name) => listed.has(name)))
    .map(({ libraries: names, development, stage }) => {
      const head = { confidence: "heuristic", package: names[0] ?? null } as const;
      const detail = { code: "likely-missing", names, development, stage, perhapsIn } as const;
      return found(audit, listPlace(audit), "info", head, detail);
    });
};
