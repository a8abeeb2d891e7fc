import type { AuditCase } from "../case.ts";
import { found, type Rule } from "../case.ts";
import { buildsAfter } from "../compiling.ts";
import { isDevelopmentName } from "../idle.ts";
import type { Verdict } from "../verdicts.ts";

export interface DevPackageDetail {
  readonly code: "dev-package";
  readonly name: string;
  /** The stage itself builds after installing it, or there is no other one. */
  readonly builds: boolean;
  /** The packages with its libraries that the artifacts need. */
  readonly instead: readonly string[];
}

/**
 * Headers, compilers and build tools in the runtime stage, if nothing needs or starts them. If the stage itself builds with
 * them, or there is no other one to build in, it is no fault, but another stage could.
 */
export const devPackage: Rule<DevPackageDetail> = (audit) =>
  audit.verdicts.flatMap((verdict) => {
    const { word, identity, needed } = verdict;
    const section = audit.facts.world.known.all.get(identity.key)?.section ?? null;
    const bySection = section !== null && /^(?:[\w-]+\/)?(?:libdevel|devel)$/.test(section);
    if ((!bySection && !isDevelopmentName(identity.name)) || needed !== null || isStarted(word.name, audit)) return [];
    // A single stage may be there to build in.
    const builds = audit.plan.stages.length === 1 || buildsAfter(verdict, audit);
    const head = { confidence: bySection ? "proved" : "declared", package: word.name } as const;
    const detail = { code: "dev-package", name: word.name, builds, instead: librariesBehind(verdict, audit) } as const;
    return [found(audit, word, builds ? "info" : "warning", head, detail)];
  });

function isStarted(name: string, { analysis }: AuditCase): boolean {
  return analysis?.dropped.some((item) => item.package === name && item.calledBy !== null) ?? false;
}

/** The libraries that the artifacts need and that a -dev package brings: of the same source, or of its name without -dev. */
function librariesBehind({ identity }: Verdict, { analysis, facts }: AuditCase): string[] {
  const { known } = facts.world;
  const source = known.all.get(identity.key)?.source.name ?? null;
  const stem = /^(.+?)(?:-dev|-headers)$/.exec(identity.name)?.[1] ?? null;
  const isBehind = (name: string): boolean =>
    (source !== null && known.named(name).some((one) => one.source.name === source)) ||
    (stem !== null && name.startsWith(stem) && /^[0-9.-]*(?:t64)?$/.test(name.slice(stem.length)));
  const needed = (analysis?.packages ?? []).filter(({ status }) => status !== "base");
  return [...new Set(needed.flatMap(({ name }) => (isBehind(name) && name !== identity.name ? name : [])))].sort();
}
