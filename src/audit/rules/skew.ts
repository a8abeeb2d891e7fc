import type { Analysis, Missing, MissingHint } from "../../analysis/model.ts";
import { type AuditCase, found, type Rule, runtimePlace } from "../case.ts";
import type { Found } from "../finding-head.ts";

export interface SkewDetail {
  readonly code: "skew";
  /** `version`: a symbol version · `library`: no package of the runtime's release has it · `unproved`: nobody knows. */
  readonly kind: "version" | "library" | "unproved";
  readonly name: string;
  readonly versions: readonly string[];
  readonly providedBy: string | null;
  readonly hint: MissingHint | null;
}

/** Builder and runtime base do not fit: a symbol version or a library of the one that the other does not have. */
export const skew: Rule<SkewDetail> = (audit) => [...lacking(audit), ...unproved(audit)];

/**
 * Whether something is missing because of the releases: a symbol version always, a library where builder and base are of
 * different ones and the builder has it.
 */
export function isSkew(item: Missing, analysis: Analysis | null): boolean {
  if (item.kind === "version") return true;
  if (item.kind !== "library" || !analysis?.notes.some(({ code }) => code === "releases-differ")) return false;
  return analysis.artifacts.some(({ libraries }) =>
    libraries.some(({ soname, path }) => soname === item.name && path !== null),
  );
}

function lacking(audit: AuditCase): Found<SkewDetail>[] {
  return (audit.analysis?.missing ?? []).flatMap((item) => {
    if (!isSkew(item, audit.analysis)) return [];
    const evidence = item.chains.map((chain) => ({ artifact: chain[0]?.soname ?? "", chain: chain.slice(1) }));
    const { name, providedBy, hint } = item;
    const kind = item.kind === "version" ? "version" : "library";
    const versions = item.version === null ? [] : [item.version];
    const detail = { code: "skew", kind, name, versions, providedBy, hint } as const;
    return [found(audit, runtimePlace(audit), "error", { confidence: "proved", evidence }, detail)];
  });
}

/** What only apt in the runtime base could tell (`--online`). */
function unproved(audit: AuditCase): Found<SkewDetail>[] {
  return (audit.analysis?.notes ?? []).flatMap((note) => {
    if (note.code !== "versions-unproved") return [];
    const { soname: name, package: providedBy, versions } = note;
    const detail = { code: "skew", kind: "unproved", name, versions, providedBy, hint: null } as const;
    const evidence = note.path === null ? [] : [{ artifact: note.path, chain: [{ soname: detail.name, path: null }] }];
    const head = { confidence: "heuristic", package: providedBy, evidence } as const;
    return [found(audit, runtimePlace(audit), "error", head, detail)];
  });
}
