import { releasesWithLibrary, successorsOf } from "../../debian/contents.ts";
import { hasLibraryPackage, lookupSoname } from "../../debian/mappings.ts";
import type { AuditCase } from "../case.ts";
import { found, type Rule } from "../case.ts";
import type { Confidence, UnknownPackageDetail } from "../finding.ts";
import { addsSources, hasOtherSources } from "../sources.ts";
import type { Verdict } from "../verdicts.ts";

/** A name that apt-get install would refuse, so that the runtime stage does not build. */
export const unknownPackage: Rule = (audit) =>
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
  { facts }: AuditCase,
  release: NonNullable<AuditCase["facts"]["release"]>,
): Judgement | null {
  const { tables } = facts;
  const { name } = word;
  const say = (kind: UnknownPackageDetail["kind"], confidence: Confidence, choices: readonly string[]): Judgement => ({
    confidence: release.exact ? confidence : "heuristic",
    detail: { code: "unknown-package", kind, name, release: release.words, choices },
  });
  if (/\.so(?:\.|$)/.test(name)) {
    const packages = lookupSoname(tables, release.key, name)?.packages ?? [];
    // Names like libblas.so.3 are provided by every implementation, and apt takes none of several by itself.
    return say(packages.length > 1 ? "several" : "soname", "declared", packages);
  }
  if (!name.startsWith("lib") || hasLibraryPackage(tables, release.key, name) !== false) return null;
  const choices = successorsOf(tables, release.key, name).slice(0, SHOWN);
  const elsewhere = releasesWithLibrary(tables, name).length > 0;
  if (elsewhere) return say("absent", "declared", choices);
  // Of the names of this shape in Debian 12 one in thirty is no library package: modules, data, 32-bit variants.
  return isLibraryName(name) ? say("absent", "heuristic", choices) : null;
}

const SHOWN = 3;

/** The name that Policy §8.1 gives to the package of a shared library: it ends in the version of the SONAME. */
function isLibraryName(name: string): boolean {
  return (
    /^lib[a-z0-9.+-]*[0-9](?:t64)?$/.test(name) &&
    !/^lib(?:32|64|x32|js-|clang|lld|llvm)|-(?:mod|dev|cil)-|-wasm32$/.test(name)
  );
}
