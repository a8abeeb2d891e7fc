import { matchesGlob } from "../base/glob.ts";
import { compareNames } from "../base/names.ts";
import type { Certainty } from "./mappings.ts";
import type { Tables } from "./tables.ts";

/** A package that users of a library often need and that no loader sees. */
export interface Companion {
  readonly package: string;
  readonly strength: "recommended" | "suggested";
  /** The soname or package that called for it. */
  readonly trigger: string;
  readonly reason: string;
  /** `hint` where the package is only inferred to exist in the release. */
  readonly certainty: Certainty;
}

/**
 * The companions of what a runtime needs, for a known release (`debian-13`) or null for any; each package once, with its
 * strongest reason, sorted by name. The table's triggers are sonames (with `.so` in them) or package names.
 */
export function companionsFor(
  tables: Tables,
  release: string | null,
  needs: { readonly sonames: Iterable<string>; readonly packages: Iterable<string> },
): readonly Companion[] {
  const sonames = [...needs.sonames].sort(compareNames);
  const packages = [...needs.packages].sort(compareNames);
  const found = new Map<string, Companion>();
  for (const [trigger = "", name = "", strength, releases = "", reason = ""] of tables.rows("companions.tsv") ?? []) {
    const certainty = certaintyIn(releases, release);
    if (certainty === null || packages.includes(name)) continue;
    const seen = (trigger.includes(".so") ? sonames : packages).find((one) => matchesGlob(trigger, one));
    if (seen === undefined) continue;
    const companion: Companion = {
      package: name,
      strength: strength === "recommended" ? "recommended" : "suggested",
      trigger: seen,
      reason,
      certainty,
    };
    const other = found.get(name);
    if (other === undefined || (other.strength === "suggested" && strength === "recommended"))
      found.set(name, companion);
  }
  return [...found.values()].sort((a, b) => compareNames(a.package, b.package));
}

/** The patterns of sonames (with `.so` in them) and packages that have a package as their companion, by the table. */
export function companionTriggers(tables: Tables, release: string | null, name: string): readonly string[] {
  return (tables.rows("companions.tsv") ?? []).flatMap(([trigger = "", companion, , releases = ""]) =>
    companion === name && certaintyIn(releases, release) !== null ? trigger : [],
  );
}

function certaintyIn(releases: string, release: string | null): Certainty | null {
  if (releases === "*") return "proved";
  if (release === null) return "hint";
  const words = releases.split(",");
  if (words.includes(release)) return "proved";
  return words.includes(`~${release}`) ? "hint" : null;
}
