import type { MissingHint } from "../../analysis/model.ts";
import { below } from "../../base/paths.ts";
import { type AuditCase, found, type Rule, runtimePlace } from "../case.ts";
import type { Found } from "../finding-head.ts";
import { instructionAt, type Offsets } from "../span.ts";

export interface WrongPlaceDetail {
  readonly code: "wrong-place";
  /** `unsearched`: the loader does not look there · `link`: the base has a link where a folder is copied to. */
  readonly kind: "unsearched" | "link";
  readonly name: string;
  readonly path: string;
  readonly hint: MissingHint | null;
}

/** What a COPY puts where it does no good: a library where the loader does not look, a folder onto a link of the base. */
export const wrongPlace: Rule<WrongPlaceDetail> = (audit) => [...unsearched(audit), ...ontoLinks(audit)];

function unsearched(audit: AuditCase): Found<WrongPlaceDetail>[] {
  return (audit.analysis?.missing ?? []).flatMap((item) => {
    if (item.kind !== "misplaced" || item.providedBy === null) return [];
    const evidence = item.chains.map((chain) => ({ artifact: chain[0]?.soname ?? "", chain: chain.slice(1) }));
    const { name, providedBy: path, hint } = item;
    const detail = { code: "wrong-place", kind: "unsearched", name, path, hint } as const;
    return [found(audit, copyTo(path, audit), "error", { confidence: "proved", evidence }, detail)];
  });
}

/** BuildKit refuses to copy a folder onto a link, as `lib` onto `/` of a base with a merged /usr. */
function ontoLinks(audit: AuditCase): Found<WrongPlaceDetail>[] {
  return (audit.analysis?.notes ?? []).flatMap((note) => {
    if (note.code !== "copy-breaks-merged-usr" || note.path === null) return [];
    const detail = { code: "wrong-place", kind: "link", name: note.path, path: note.link, hint: null } as const;
    return [found(audit, copyTo(note.link, audit), "error", { confidence: "proved" }, detail)];
  });
}

/** The COPY that brings a path: of those that reach it the one with the longest destination, the last of equals. */
function copyTo(path: string, audit: AuditCase): Offsets {
  const reaching = audit.plan.copies.filter(({ line, destination }) => line > 0 && below(destination, path) !== null);
  const [best] = reaching.toReversed().sort((a, b) => b.destination.length - a.destination.length);
  return (best === undefined ? null : instructionAt(audit.parsed, best.line)) ?? runtimePlace(audit);
}
