import type { Detail, FindingHead, Severity } from "./finding-head.ts";

/** What a project has decided about findings. */
export interface AuditPolicy {
  /** Codes that are left out. */
  readonly ignore: ReadonlySet<string>;
  /** Severities in place of those of the rules. */
  readonly severity: Readonly<Partial<Record<string, Severity>>>;
  /** Names of packages that stay in the list, whether or not something is seen to need them. */
  readonly kept: ReadonlySet<string>;
}

/** The codes of findings that ask for a package to go. */
const REMOVING: ReadonlySet<string> = new Set(["unused", "no-evidence", "redundant"]);

/** Whether a finding is left out by decision. */
export function isLeftOut({ code, package: name }: Detail & FindingHead, { ignore, kept }: AuditPolicy): boolean {
  return ignore.has(code) || (name !== null && kept.has(name) && REMOVING.has(code));
}

/** The finding with the severity that was decided on. */
export function weighed<F extends Detail & FindingHead>(finding: F, { severity }: AuditPolicy): F {
  return { ...finding, severity: severity[finding.code] ?? finding.severity };
}
