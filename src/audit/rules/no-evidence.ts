import { commandsOf, isDataPackage } from "../../debian/contents.ts";
import { found, type Rule } from "../case.ts";
import { isIdle } from "../idle.ts";
import { refusalOf } from "./unknown-package.ts";
import { judge } from "./unused.ts";

/** A package for which nothing speaks, and of which nothing could: data, and what is not known to have a library. */
export const noEvidence: Rule = (audit) =>
  audit.verdicts.flatMap((verdict) => {
    if (!isIdle(verdict, audit) || judge(verdict, audit) !== null || refusalOf(verdict, audit) !== null) return [];
    const { word, identity } = verdict;
    const { tables } = audit.facts;
    const data = isDataPackage(tables, identity.name);
    const kind = data ? "data" : commandsOf(tables, identity.name).length > 0 ? "unseen" : "unknown";
    const head = { confidence: data ? "declared" : "heuristic", package: word.name } as const;
    return [found(audit, word, "info", head, { code: "no-evidence", name: word.name, kind })];
  });
