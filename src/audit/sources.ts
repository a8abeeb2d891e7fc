import type { AuditCase } from "./case.ts";

/** What adds a package source to apt: its files, and the tools that write them. */
const SOURCES = /\/etc\/apt\b|sources\.list|add-apt-repository|apt-add-repository|extrepo|\.deb\b/;

/** Whether the runtime stage may install from other sources than the distribution's archive. */
export function hasOtherSources(audit: AuditCase): boolean {
  return !audit.facts.distributionImage || addsSources(audit);
}

/** Whether the runtime stage, or one that it begins with, may add sources to those of its base image. */
export function addsSources({ parsed, plan, runtime }: AuditCase): boolean {
  let stage = runtime;
  for (let depth = plan.stages.length; depth > 0 && stage !== null; depth -= 1) {
    const { line, endLine, parent } = stage;
    const own = parsed.instructions.filter((one) => one.line >= line && one.endLine <= endLine);
    if (own.some(({ start, end }) => SOURCES.test(parsed.text.slice(start, end)))) return true;
    stage = parent === null ? null : (plan.stages[parent] ?? null);
  }
  return false;
}
