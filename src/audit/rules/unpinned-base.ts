import { parseReference } from "../../dockerfile/reference.ts";
import { found, type Rule } from "../case.ts";
import { fromSpan } from "../span.ts";

/** Tags that will stand for another release one day; a list of packages fits one release. */
const MOVING: ReadonlySet<string> = new Set(
  "latest current devel edge lts main master nightly oldoldstable oldstable rolling sid stable testing unstable".split(
    " ",
  ),
);

/** A FROM that does not say which release it means (hadolint's DL3006 and DL3007). */
export const unpinnedBase: Rule = (audit) =>
  audit.plan.stages.flatMap((stage) => {
    const { from, parent } = stage;
    if (from === null || parent !== null || from === "scratch") return [];
    const { tag, digest } = parseReference(from);
    const moving = tag !== null && MOVING.has(tag.split("-")[0] ?? "");
    if (digest !== null || (tag !== null && !moving)) return [];
    const kind = tag === null ? "untagged" : "moving";
    const detail = { code: "unpinned-base", reference: from, kind } as const;
    return [found(audit, fromSpan(audit.parsed, stage), "info", { confidence: "proved" }, detail)];
  });
