import { lookupSoname } from "../../debian/mappings.ts";
import { hasNamesOf, inferredRename, lookupName, onlyProvider, releasesWithName } from "../../debian/names.ts";
import { mayBeNewer, successorsOf } from "../../debian/successors.ts";
import type { AuditCase } from "../case.ts";
import { found, type Rule } from "../case.ts";
import type { Confidence } from "../finding-head.ts";
import { addsSources, hasOtherSources, mayAddSources } from "../sources.ts";
import type { Verdict } from "../verdicts.ts";

export interface UnknownPackageDetail {
  readonly code: "unknown-package";
  /** `absent`: the release has it not · `several`: several packages provide it · `soname`: that names a library. */
  readonly kind: "absent" | "several" | "soname";
  readonly name: string;
  readonly release: string;
  /** What may be meant, best first. */
  readonly choices: readonly string[];
}

/** A name that apt-get install would refuse, so that the runtime stage does not build. */
export const unknownPackage: Rule<UnknownPackageDetail> = (audit) =>
  audit.verdicts.flatMap((verdict) => {
    const judged = refusalOf(verdict, audit);
    if (judged === null) return [];
    const head = { confidence: judged.confidence, package: verdict.word.name };
    return [found(audit, verdict.word, "error", head, judged.detail)];
  });

/** Why apt would refuse a listed name, and how sure that is; null where nothing says that it would. */
export function refusalOf(verdict: Verdict, audit: AuditCase): Judgement | null {
  const { release } = audit.facts;
  if (verdict.identity.from !== "word" || verdict.word.architecture !== null || release === null) return null;
  const told = addsSources(audit) ? null : saidByApt(verdict.word.name, audit.facts);
  if (told === "takes") return null;
  const judged = judge(verdict, audit, release);
  if (told !== null) return byApt(told, verdict, judged, release);
  // Another repository may have what the distribution has not.
  return judged !== null && hasOtherSources(audit) ? { ...judged, confidence: "heuristic" } : judged;
}

/** What apt in the runtime base said of a name: the providers of one that it would refuse; null where it was not asked. */
function saidByApt(name: string, { archive }: AuditCase["facts"]): "takes" | readonly string[] | null {
  if (archive?.wasAsked(name) !== true) return null;
  const providers = [...new Set(archive.known.providing(name).map((one) => one.name))].sort();
  return archive.known.named(name).length > 0 || providers.length === 1 ? "takes" : providers;
}

function byApt(
  providers: readonly string[],
  { word: { name } }: Verdict,
  judged: Judgement | null,
  { words }: NonNullable<AuditCase["facts"]["release"]>,
): Judgement {
  if (judged !== null && providers.length === 0) return { ...judged, confidence: "proved" };
  const kind = providers.length === 0 ? "absent" : "several";
  return { confidence: "proved", detail: { code: "unknown-package", kind, name, release: words, choices: providers } };
}

/** What is wrong with a name. */
export interface Judgement {
  readonly confidence: Confidence;
  readonly detail: UnknownPackageDetail;
}

function judge(
  { word }: Verdict,
  audit: AuditCase,
  release: NonNullable<AuditCase["facts"]["release"]>,
): Judgement | null {
  const { tables, world } = audit.facts;
  const { name } = word;
  const { architecture } = world.known;
  const isCertain = release.exact && (architecture === "" || hasNamesOf(architecture));
  const say = (kind: UnknownPackageDetail["kind"], confidence: Confidence, choices: readonly string[]): Judgement => ({
    confidence: isCertain ? confidence : "heuristic",
    detail: { code: "unknown-package", kind, name, release: release.words, choices },
  });
  const answer = lookupName(tables, release.key, name);
  if (answer.kind === "virtual" && onlyProvider(answer) === null) return say("several", "declared", answer.providers);
  if (answer.kind === "package" || answer.kind === "virtual") return null;
  const isSoname = /\.so(?:\.|$)/.test(name);
  if (isSoname && !releasesWithName(tables, name).some(({ key }) => key !== release.key))
    // A package that the tables do not have may provide it (libcuda.so.1).
    return say(
      "soname",
      answer.kind === "unknown" ? "heuristic" : "declared",
      lookupSoname(tables, release.key, name)?.packages ?? [],
    );
  if (answer.kind === "unknown") {
    // The package is there, but Debian's does not provide the old name.
    const renamed = inferredRename(tables, release.key, name);
    return renamed?.provides === false ? say("absent", "heuristic", [renamed.name]) : null;
  }
  // Other sources are added for what the distribution does not have. A library's name is the distribution's own.
  if (!name.startsWith("lib") && (hasOtherSources(audit) || mayAddSources(audit, word))) return null;
  // A name that no release of ours has may be of another source, but not the old name of a package of this one.
  const isOld = lookupName(tables, release.key, `${name}t64`).kind === "package";
  const isElsewhere = isOld || releasesWithName(tables, name).length > 0;
  const confidence = isElsewhere && !mayBeNewer(tables, release.key, name) ? "declared" : "heuristic";
  return say("absent", confidence, successorsOf(tables, release.key, name).slice(0, SHOWN));
}

/** How many successors a finding proposes. */
const SHOWN = 3;
