import type { Package, ReasonKind } from "../analysis/model.ts";
import { compareNames } from "../base/names.ts";
import type { AptInstallation, AptSimulation } from "../snapshot/apt.ts";

/** A word of the line, and what the loader has to say in it. */
export interface Member {
  /** As it stands in the line. */
  readonly word: string;
  /** The bare name. */
  readonly name: string;
  /** Why taking it out proves nothing, or null: then something has to break. */
  readonly exempt: string | null;
}

/** How a member is taken out. */
export type Removal =
  /** apt installs the same all the same. */
  | { readonly way: "nothing"; readonly gone: readonly [] }
  | { readonly way: "purge"; readonly gone: readonly string[] }
  | { readonly way: "build"; readonly gone: readonly string[] }
  /** apt refuses the rest of the line. */
  | { readonly way: "refused"; readonly gone: readonly []; readonly reason: string };

/**
 * How a member is taken out, by what apt would do for the whole line and for the line without it. dpkg can take packages
 * out of the image where that leaves what apt would have installed; where apt would install something else in their
 * place, or a package of the base in another version, only a new image shows it.
 */
export function planRemoval(whole: readonly AptInstallation[], without: AptSimulation): Removal {
  if (without.kind === "refused") return { way: "refused", gone: [], reason: without.reason };
  const key = ({ name, version }: AptInstallation): string => `${name}=${version}`;
  const left = new Set(without.installs.map(key));
  const before = new Set(whole.map(key));
  const missing = whole.filter((one) => !left.has(key(one)));
  const added = without.installs.some((one) => !before.has(key(one)));
  if (missing.length === 0 && !added) return { way: "nothing", gone: [] };
  const gone = missing.map(({ name }) => name).sort(compareNames);
  return { way: added || missing.some(({ replaces }) => replaces !== null) ? "build" : "purge", gone };
}

/** Kinds of reasons that the loader, or the kernel for what it executes, can confirm. */
const SEEN: ReadonlySet<ReasonKind> = new Set(["needed", "interpreter", "command", "preload"]);

/** Why the loader has no say in a package, as the kind of its first reason; null where it has. */
export function exemptionOf(item: Pick<Package, "reasons"> | undefined): ReasonKind | null {
  if (item === undefined || item.reasons.some(({ kind }) => SEEN.has(kind))) return null;
  return item.reasons[0]?.kind ?? null;
}
