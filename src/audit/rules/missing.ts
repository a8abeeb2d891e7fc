import type { MissingHint, Package } from "../../analysis/model.ts";
import { isDataPackage } from "../../debian/contents.ts";
import { implies } from "../../debian/reduce.ts";
import { type AuditCase, found, listPlace, type Rule } from "../case.ts";
import type { Confidence, Found } from "../finding-head.ts";
import { evidenceOf } from "../verdicts.ts";
import { isSkew } from "./skew.ts";
import { refusalOf } from "./unknown-package.ts";

export interface MissingDetail {
  readonly code: "missing";
  /**
   * `package` has a name to install; of the others nobody knows one. `plugin`: a library that only plugins need, which may
   * never be opened.
   */
  readonly kind: "package" | "library" | "interpreter" | "command" | "plugin";
  /** The word for apt, the soname or the interpreter's path. */
  readonly name: string;
  /** Packages that would do as well. */
  readonly alternatives: readonly string[];
  readonly hint: MissingHint | null;
  /** What of the list may bring it all the same, as nothing is known of it. */
  readonly perhapsFrom: readonly string[];
}

/** What the artifacts need, and neither the base nor the list brings: packages, and what no package brings. */
export const missing: Rule<MissingDetail> = (audit) => [...packages(audit), ...unnamed(audit)];

function packages(audit: AuditCase): Found<MissingDetail>[] {
  const { analysis, verdicts, facts } = audit;
  const keys = verdicts.map(({ identity }) => identity.key);
  const listed = new Set(verdicts.flatMap(({ needed }) => needed ?? []));
  const lacking = (analysis?.packages ?? []).filter(
    (item) =>
      (item.status === "install" || item.status === "upgrade") &&
      // What is only recommended is missing to nobody.
      item.reasons.some(({ kind }) => kind !== "recommended") &&
      !listed.has(item) &&
      !facts.installed.has(`${item.name}:${item.architecture}`) &&
      !implies(keys, `${item.name}:${item.architecture}`, facts.world),
  );
  const perhapsFrom = lacking.length === 0 ? [] : unknownSources(audit);
  return lacking.map((item) => {
    const confidence = perhapsFrom.length > 0 ? "heuristic" : confidenceIn(item, audit);
    const name =
      item.architecture === facts.world.known.architecture || item.architecture === "all"
        ? item.name
        : `${item.name}:${item.architecture}`;
    const head = { confidence, package: item.name, evidence: evidenceOf(item.reasons) } as const;
    const detail = {
      code: "missing",
      kind: "package",
      name,
      alternatives: item.alternatives,
      hint: null,
      perhapsFrom,
    } as const;
    return found(audit, listPlace(audit), "error", head, detail);
  });
}

/** Where the builder is of another release the name comes from a table; that of a command may. */
function confidenceIn(item: Package, { facts }: AuditCase): Confidence {
  if (item.reasons.every(({ kind }) => kind === "command")) return "declared";
  return facts.base.known === "proved" && (!facts.crossRelease || item.candidateVersion !== null)
    ? "proved"
    : "declared";
}

/** What of the list may bring more than is known: packages whose dependencies nobody told, and words not understood. */
function unknownSources(audit: AuditCase): string[] {
  const { verdicts, list, facts } = audit;
  const { base, known } = facts.world;
  const dark = verdicts.filter((verdict) => {
    const { key, name } = verdict.identity;
    if (known.all.has(key) || base.all.has(key) || isDataPackage(facts.tables, name)) return false;
    const refusal = refusalOf(verdict, audit);
    return refusal === null || refusal.confidence === "heuristic";
  });
  return [...dark.map(({ word }) => word.name), ...list.unread];
}

function unnamed(audit: AuditCase): Found<MissingDetail>[] {
  const { analysis } = audit;
  const dark = unknownSources(audit);
  return (analysis?.missing ?? []).flatMap((item) => {
    const { kind } = item;
    if (kind === "misplaced" || kind === "version" || isSkew(item, analysis)) return [];
    const evidence = item.chains.map((chain) => ({ artifact: chain[0]?.soname ?? "", chain: chain.slice(1) }));
    const { name, hint } = item;
    // Where a package is known to have it, another one of the list may depend on that package.
    const perhapsFrom = hint?.kind === "not-installed" ? dark : audit.list.unread;
    const detail = { code: "missing", kind, name, alternatives: [], hint, perhapsFrom } as const;
    const confidence = perhapsFrom.length > 0 || kind === "plugin" ? "heuristic" : "proved";
    return [found(audit, listPlace(audit), "error", { confidence, evidence }, detail)];
  });
}
