import { knownReleases, type ReleaseInfo, releaseInfo } from "./mappings.ts";
import { type MarkedRow, markedRow } from "./marked-rows.ts";
import type { Tables } from "./tables.ts";

/** What `apt-get install` makes of a package name in a release, according to the table of names. */
export type NameAnswer =
  | { readonly kind: "package" }
  /**
   * There is no package of that name, but packages provide it. apt-get takes the provider if there is exactly one
   * (`tryVirtualPackage` in apt-private/private-install.cc), else it refuses. `more` counts providers that are not listed.
   */
  | { readonly kind: "virtual"; readonly providers: readonly string[]; readonly more: number }
  | { readonly kind: "absent" }
  | { readonly kind: "unknown" };

const TABLE = "names.tsv";

/**
 * Looks a package name up in a release: the distribution's own archive with updates and security updates. `absent` only
 * if the tables of the release are complete (or were when they were made, see `moving` of the release).
 */
export function lookupName(tables: Tables, release: string, name: string): NameAnswer {
  const info = releaseInfo(tables, release);
  if (info === null) return { kind: "unknown" };
  const found = answer(markedRow(tables, TABLE, name), info);
  return found.kind === "absent" && isUnlisted(tables, name) ? { kind: "unknown" } : found;
}

/** Whether the table leaves a name out even if packages provide it. */
function isUnlisted(tables: Tables, name: string): boolean {
  return (tables.rows("unlisted-names.tsv") ?? []).some(([expression = "$^"]) => new RegExp(expression).test(name));
}

function answer(row: MarkedRow | null, { letter, complete }: ReleaseInfo): NameAnswer {
  const words = row?.words(letter) ?? null;
  if (words === null) return { kind: complete ? "absent" : "unknown" };
  if (words.length === 0) return { kind: "package" };
  const providers = words.filter((word) => !word.startsWith("+"));
  const more = words.find((word) => word.startsWith("+"));
  return { kind: "virtual", providers, more: more === undefined ? 0 : Number(more) };
}

/** Whether the table has the names of an architecture: others have packages of their own (linux-image-armmp). */
export function hasNamesOf(architecture: string): boolean {
  return architecture === "amd64" || architecture === "arm64";
}

/**
 * Whether a package provides on an architecture what it provides on amd64: packages renamed for 64-bit time_t have another
 * ABI on 32-bit ARM, and do not provide their old names there.
 */
export function isProvidedOn(architecture: string, provider: string): boolean {
  return !provider.endsWith("t64") || !/^arm(?:el|hf)$/.test(architecture);
}

/** The only package that provides a name, which apt-get takes for it; null if there is none or several. */
export function onlyProvider(answer: NameAnswer): string | null {
  if (answer.kind !== "virtual" || answer.more > 0) return null;
  const [only, ...others] = answer.providers;
  return only === undefined || others.length > 0 ? null : only;
}

/** The releases that have a package or a virtual package of a name. */
export function releasesWithName(tables: Tables, name: string): readonly ReleaseInfo[] {
  const row = markedRow(tables, TABLE, name);
  return row === null ? [] : knownReleases(tables).filter(({ letter }) => row.words(letter) !== null);
}

/** A package that has taken the place of another one, in a release of which only some names are known. */
export interface InferredRename {
  readonly name: string;
  /** Whether it provides the old name, as it does in Debian; null if Debian does not have it. */
  readonly provides: boolean | null;
}

/**
 * The package that a library of an older release was renamed to for 64-bit time_t (libssl3 is libssl3t64), in a release
 * whose names are only known in part. The new name was seen there; whether it provides the old one is inferred from
 * Debian, which made the same transition.
 */
export function inferredRename(tables: Tables, release: string, name: string): InferredRename | null {
  const info = releaseInfo(tables, release);
  if (info === null || info.complete) return null;
  const own = markedRow(tables, TABLE, name);
  if (own?.words(info.letter) != null) return null;
  const models = knownReleases(tables).filter(({ complete }) => complete);
  const provider = models
    .map((model) => onlyProvider(answer(own, model)))
    .find((one) => one?.endsWith("t64") && lookupName(tables, release, one).kind === "package");
  if (provider != null) return { name: provider, provides: true };
  const renamed = `${name}t64`;
  if (lookupName(tables, release, renamed).kind !== "package") return null;
  const known = models.some((model) => lookupName(tables, model.key, renamed).kind === "package");
  return { name: renamed, provides: known ? false : null };
}
