import { inferredRename, isProvidedOn, lookupName, onlyProvider } from "../debian/names.ts";
import type { DebianPackage } from "../debian/packages.ts";
import type { AptPackageWord } from "../dockerfile/plan.ts";
import type { AuditFacts } from "./facts.ts";
import type { Confidence } from "./finding-head.ts";

/** Which package apt takes for a word of the list. */
export interface Identity {
  readonly key: string;
  readonly name: string;
  /** Where the name was found: in the base, among the known packages, in the tables, or nowhere (`word`). */
  readonly from: "base" | "known" | "table" | "word";
  /** If the package is called otherwise than the word, how sure that is; else null. */
  readonly renamed: Confidence | null;
}

/**
 * Finds the package that apt takes for a word: a real one of that name in the base or among the packages known; else the
 * one that provides the name, if there is exactly one (apt-get selects it with a note). The tables know all providers of a
 * release, images only those that they have installed.
 */
export function identify(word: Pick<AptPackageWord, "name" | "architecture">, facts: AuditFacts): Identity {
  const { base, known } = facts.world;
  const architecture = word.architecture ?? known.architecture;
  const fits = (one: DebianPackage): boolean => one.architecture === "all" || one.architecture === architecture;
  const real = (from: "base" | "known"): Identity | null => {
    const one = facts.world[from].named(word.name).find(fits);
    return one === undefined ? null : { key: one.key, name: one.name, from, renamed: null };
  };
  const own = real("base") ?? real("known");
  if (own !== null) return own;
  const table = providerByTable(word.name, architecture, facts);
  const seen = [...base.providing(word.name), ...known.providing(word.name)].filter(fits);
  const names = new Set(seen.map(({ name }) => name));
  const [only] = names.size === 1 ? seen : [];
  if (only !== undefined && (table === "unknown" ? isLibrary(word.name) : table?.name === only.name)) {
    const from = base.all.has(only.key) ? "base" : "known";
    // Others in the archive may provide it too, unless all of it is known.
    const renamed = known.complete || (table !== "unknown" && table?.confidence === "declared") ? "proved" : "declared";
    return { key: only.key, name: only.name, from, renamed };
  }
  const itself: Identity = { key: `${word.name}:${architecture}`, name: word.name, from: "word", renamed: null };
  // The image has a provider that the distribution does not have: what apt will choose is not known.
  if (table === null || table === "unknown" || names.size > 0) return itself;
  const key =
    [...base.named(table.name), ...known.named(table.name)].find(fits)?.key ?? `${table.name}:${architecture}`;
  return { key, name: table.name, from: "table", renamed: table.confidence };
}

/** What the table of names says of a word: the package that apt takes in its place; null if that is none or several. */
function providerByTable(
  word: string,
  architecture: string,
  { tables, release }: AuditFacts,
): { readonly name: string; readonly confidence: Confidence } | null | "unknown" {
  if (release === null) return "unknown";
  const answer = lookupName(tables, release.key, word);
  if (answer.kind === "virtual") {
    const name = onlyProvider(answer);
    return name === null || !isProvidedOn(architecture, name)
      ? null
      : { name, confidence: release.exact ? "declared" : "heuristic" };
  }
  if (answer.kind === "package") return null;
  const inferred = answer.kind === "unknown" ? inferredRename(tables, release.key, word) : null;
  // What Debian's package of that name does not provide, Ubuntu's is not assumed to.
  if (inferred === null || inferred.provides === false) return "unknown";
  return { name: inferred.name, confidence: "heuristic" };
}

/** Without a table: a library's old name (libcurl4) is provided by its new package alone, `awk` by several. */
function isLibrary(name: string): boolean {
  return name.startsWith("lib");
}
