import type { Stage } from "../dockerfile/plan.ts";
import type { AuditCase } from "./case.ts";

/** What adds a package source to apt: its files, and the tools that write them. */
const SOURCES = /\/etc\/apt\b|sources\.list|add-apt-repository|apt-add-repository|extrepo|\.deb\b/;

/** Whether the runtime stage may install from other sources than the distribution's archive. */
export function hasOtherSources(audit: AuditCase): boolean {
  return !audit.facts.distributionImage || addsSources(audit);
}

/** Whether the runtime stage, or one that it begins with, may add sources to those of its base image. */
export function addsSources(audit: AuditCase): boolean {
  const { parsed } = audit;
  return stages(audit).some(({ line, endLine }) =>
    parsed.instructions.some(
      (one) => one.line >= line && one.endLine <= endLine && SOURCES.test(parsed.text.slice(one.start, one.end)),
    ),
  );
}

/** Programs that may do anything: fetch a script, run one, install a package that brings a source. */
const OPEN_ENDED: ReadonlySet<string> = new Set(
  "aptitude ash bash curl dash dpkg gpg perl python python3 sh source wget .".split(" "),
);

/**
 * Whether something before a place of the stage, or in a stage that it begins with, could add a source unseen: a script,
 * something that is downloaded and run, or a tree that is copied over `/` or `/etc`.
 */
export function mayAddSources(audit: AuditCase, { start }: { readonly start: number }): boolean {
  return stages(audit).some(({ instructions }) =>
    instructions.some((one) => {
      if (one.start > start) return false;
      if (one.kind === "run") {
        const isOpen = one.programs.some((program) => program.includes("/") || OPEN_ENDED.has(program));
        return !one.understood || one.mountsFrom.length > 0 || isOpen;
      }
      return one.kind === "copy" && (one.destination === null || /^\/(?:etc\/?)?$/.test(one.destination));
    }),
  );
}

/** The runtime stage and those that it begins with. */
function stages({ plan, runtime }: AuditCase): Stage[] {
  const found: Stage[] = [];
  for (let stage = runtime; stage !== null && found.length <= plan.stages.length; ) {
    found.push(stage);
    stage = stage.parent === null ? null : (plan.stages[stage.parent] ?? null);
  }
  return found;
}
