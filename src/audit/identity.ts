import { renameOf } from "../debian/mappings.ts";
import type { DebianPackage } from "../debian/packages.ts";
import { parseKey } from "../debian/words.ts";
import type { AptPackageWord } from "../dockerfile/plan.ts";
import type { AuditFacts } from "./facts.ts";
import type { Confidence } from "./finding.ts";

/** Which package apt takes for a word of the list. */
export interface Identity {
  readonly key: string;
  readonly name: string;
  /** Who knows of it: dpkg of an image, the table of renames, or nobody. */
  readonly from: "base" | "known" | "table" | "word";
  /** Where the package is called otherwise than the word, how sure that is; else null. */
  readonly renamed: Confidence | null;
}

/**
 * Finds the package behind a word: a real one of that name in the base or among the packages known; the one that
 * provides a library's old name (apt takes the provider where there is exactly one: apt-get(8) selects it with a note);
 * the new name by the table of the 64-bit time_t transition.
 */
export function identify(word: Pick<AptPackageWord, "name" | "architecture">, facts: AuditFacts): Identity {
  const { base, known } = facts.world;
  const fits = (one: DebianPackage): boolean =>
    one.architecture === "all" || one.architecture === (word.architecture ?? known.architecture);
  const real = (from: "base" | "known"): Identity | null => {
    const one = facts.world[from].named(word.name).find(fits);
    return one === undefined ? null : { key: one.key, name: one.name, from, renamed: null };
  };
  const own = real("base") ?? real("known");
  if (own !== null) return own;
  const table = facts.release === null ? null : renameOf(facts.tables, facts.release.key, word.name);
  const providers = new Map(
    [...base.providing(word.name), ...known.providing(word.name)].filter(fits).map((one) => [one.key, one]),
  );
  const [only] = providers.size === 1 && word.name.startsWith("lib") ? providers.values() : [];
  const proved = table?.certainty === "proved";
  if (only !== undefined && (table === null || table.name === only.name)) {
    const from = base.all.has(only.key) ? "base" : "known";
    // Others in the archive may provide it too, unless all of it is known or the table says that it is a rename.
    return { key: only.key, name: only.name, from, renamed: proved || known.complete ? "proved" : "declared" };
  }
  const architecture = word.architecture ?? known.architecture;
  if (table === null || !proved)
    return { key: `${word.name}:${architecture}`, name: word.name, from: "word", renamed: null };
  const key =
    [...base.named(table.name), ...known.named(table.name)].find(fits)?.key ?? `${table.name}:${architecture}`;
  return { key, name: parseKey(key).name, from: "table", renamed: "declared" };
}
