import type { Distribution } from "../../analysis/model.ts";
import type { AuditCase } from "../case.ts";
import { found, type Rule, runtimePlace } from "../case.ts";
import { rootReference } from "../facts.ts";
import type { Confidence } from "../finding.ts";
import { releaseOfReference } from "../release.ts";

/** Builder and runtime stage are of different releases: names and versions of packages need not carry over. */
export const baseDiffers: Rule = (audit) => {
  const differing = audit.runtime === null ? null : (seen(audit) ?? declared(audit));
  if (differing === null || differing.builder === differing.runtime) return [];
  const { confidence, builder, runtime } = differing;
  return [found(audit, runtimePlace(audit), "info", { confidence }, { code: "base-differs", builder, runtime })];
};

interface Bases {
  readonly confidence: Confidence;
  readonly builder: string;
  readonly runtime: string;
}

/** What os-release of both images says; the first builder that differs. */
function seen({ analysis }: AuditCase): Bases | null {
  const runtime = analysis?.runtime?.source === "image" ? wordsOf(analysis.runtime.distribution) : null;
  const builders = (analysis?.builders ?? []).flatMap(({ distribution }) => wordsOf(distribution) ?? []);
  const builder = builders.find((words) => words !== runtime) ?? builders[0];
  return runtime === null || builder === undefined ? null : { confidence: "proved", builder, runtime };
}

/** What the tags of both say. */
function declared({ plan, facts }: AuditCase): Bases | null {
  const runtime = facts.release?.words;
  const releases = plan.builders.flatMap((builder) => {
    const reference = rootReference({ ...plan, runtime: builder });
    return (reference === null ? null : releaseOfReference(facts.tables, reference))?.words ?? [];
  });
  const builder = releases.find((words) => words !== runtime);
  return runtime === undefined || builder === undefined ? null : { confidence: "declared", builder, runtime };
}

function wordsOf(distribution: Distribution | null): string | null {
  return distribution === null
    ? null
    : `${distribution.id} ${distribution.versionId ?? distribution.codename ?? ""}`.trim();
}
