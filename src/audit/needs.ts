import { basename } from "../base/paths.ts";
import { releaseInfo } from "../debian/mappings.ts";
import { isReference } from "../dockerfile/reference.ts";
import type { AuditCase } from "./case.ts";
import { developmentWords, isSmallBase } from "./expected.ts";
import { rootReference } from "./facts.ts";
import { releaseOfReference } from "./release.ts";
import { lastUser } from "./users.ts";

/** Why a rule was not judged, or not of everything; the sentences are in `src/report/judged-text.ts`. */
export type OpenReason =
  /** Nothing was built. */
  | { readonly code: "no-build" }
  /** No stage copies anything from another, so there is nothing to inspect. */
  | { readonly code: "no-artifacts" }
  /** There is neither an ELF file nor a script among the artifacts that could need a package. */
  | { readonly code: "no-programs" }
  /** The file has no runtime stage, or `--runtime` names none. */
  | { readonly code: "no-stage" }
  /** The base has no dpkg: its packages are not in any table. */
  | { readonly code: "other-distribution"; readonly base: string; readonly distribution: string }
  /** What FROM names has no value, or is no image reference. */
  | { readonly code: "unknown-base"; readonly base: string }
  | { readonly code: "unknown-release"; readonly base: string }
  /** The table of the release does not have all packages. */
  | { readonly code: "partial-table"; readonly release: string }
  | { readonly code: "unknown-packages"; readonly base: string }
  | { readonly code: "unknown-user"; readonly base: string }
  /** Words and instructions that could not be read. */
  | { readonly code: "unread"; readonly what: readonly string[] }
  /** An unpacked tree has no image configuration. */
  | { readonly code: "no-configuration" };

export interface Open {
  readonly status: "partly" | "not-judged";
  readonly reason: OpenReason;
}

/** What a rule has to know: null if it is known. */
export type Need = (audit: AuditCase) => Open | null;

function notJudged(reason: OpenReason): Open {
  return { status: "not-judged", reason };
}

export const stage: Need = ({ runtime }) => (runtime === null ? notJudged({ code: "no-stage" }) : null);

export const artifacts: Need = ({ analysis, plan }) => {
  if (analysis !== null) return null;
  return notJudged({ code: plan.copies.length === 0 ? "no-artifacts" : "no-build" });
};

/** What could speak for a package. */
export const programs: Need = ({ analysis, emptyIsRight }) =>
  analysis === null || analysis.artifacts.length > 0 || emptyIsRight === true
    ? null
    : notJudged({ code: "no-programs" });

const PACKAGE_MANAGERS: Readonly<Record<string, string>> = {
  apk: "Alpine",
  dnf: "Fedora or a derivative",
  microdnf: "Fedora or a derivative",
  pacman: "Arch Linux",
  tdnf: "Azure Linux",
  yum: "Fedora or a derivative",
  zypper: "SUSE",
};

/** A base with dpkg; a stage that calls another package manager is of another distribution. */
export const dpkg: Need = ({ facts, plan, chain, list }) => {
  const base = rootReference(plan) ?? facts.base.reference;
  const called = chain
    .flatMap(({ instructions }) => instructions)
    .flatMap((one) => (one.kind === "run" ? one.programs : []));
  const managed = called.map((program) => PACKAGE_MANAGERS[basename(program)]).find((one) => one !== undefined);
  const distribution = list.installs.length === 0 ? (facts.otherDistribution ?? managed) : undefined;
  return distribution === undefined ? null : notJudged({ code: "other-distribution", base, distribution });
};

/** An image whose name has a value: what a template will put there is not known. */
export const base: Need = ({ chain, analysis }) => {
  const [lowest] = chain;
  if (lowest === undefined || analysis?.runtime?.source === "image") return null;
  const isKnown = lowest.from !== null && isReference(lowest.from);
  return isKnown ? null : notJudged({ code: "unknown-base", base: lowest.from ?? lowest.fromText });
};

function hasList({ list }: AuditCase): boolean {
  return list.words.length + list.unread.length > 0;
}

export const release: Need = (audit) => {
  const { facts, plan } = audit;
  if (!hasList(audit) || facts.release !== null) return null;
  return notJudged({ code: "unknown-release", base: rootReference(plan) ?? facts.base.reference });
};

/** Without apt's answer, an incomplete table of the release leaves open what it does not list. */
function partialTable({ tables, release: found, archive }: AuditCase["facts"]): Open | null {
  if (found === null || archive !== null || releaseInfo(tables, found.key)?.complete !== false) return null;
  return { status: "partly", reason: { code: "partial-table", release: found.words } };
}

export const table: Need = (audit) => (hasList(audit) ? partialTable(audit.facts) : null);

export const packages: Need = (audit) => {
  const { facts, plan } = audit;
  if (!hasList(audit) || facts.base.known !== null) return null;
  return notJudged({ code: "unknown-packages", base: rootReference(plan) ?? facts.base.reference });
};

export const readable: Need = ({ list }) =>
  list.unread.length === 0 ? null : { status: "partly", reason: { code: "unread", what: list.unread } };

/** A small base of a known release, if the builders have -dev packages; after a build nothing is guessed. */
export const guessable: Need = (audit) => {
  const { analysis, facts, plan } = audit;
  if (analysis !== null || developmentWords(plan).length === 0) return null;
  const reference = rootReference(plan) ?? facts.base.reference;
  const open = stage(audit) ?? dpkg(audit) ?? base(audit);
  if (open !== null) return open;
  if (facts.release === null) return notJudged({ code: "unknown-release", base: reference });
  return isSmallBase(facts)
    ? (readable(audit) ?? partialTable(facts))
    : notJudged({ code: "unknown-packages", base: reference });
};

export const user: Need = ({ runtime, facts, plan }) => {
  const last = runtime === null ? null : lastUser(runtime, { plan });
  if (last !== null) return last.user === null ? notJudged({ code: "unknown-user", base: "USER" }) : null;
  const from = rootReference(plan) ?? facts.base.reference;
  return facts.baseUser === null ? notJudged({ code: "unknown-user", base: from }) : null;
};

export const references: Need = ({ plan }) => {
  const unknown = plan.stages.find(({ from, parent }) => parent === null && (from === null || !isReference(from)));
  if (unknown === undefined) return null;
  return { status: "partly", reason: { code: "unknown-base", base: unknown.from ?? unknown.fromText } };
};

/** The releases of the builders and of the runtime's base. */
export const releases: Need = ({ plan, facts, analysis, chain }) => {
  // Nothing differs from an empty base.
  if (analysis !== null || rootReference(plan) === "scratch") return null;
  const others = plan.builders.filter((builder) => !chain.includes(builder));
  if (others.length === 0) return null;
  const bases = [plan.runtime, ...others].map((one) => rootReference({ ...plan, runtime: one }));
  const unknown = bases.find((one) => one === null || releaseOfReference(facts.tables, one) === null);
  return unknown === undefined ? null : notJudged({ code: "unknown-release", base: unknown ?? "FROM" });
};
