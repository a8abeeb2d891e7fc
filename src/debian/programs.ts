import { compareNames } from "../base/names.ts";
import { packagesOfCommand } from "./contents.ts";
import { knownReleases, releaseInfo } from "./mappings.ts";
import { markedRow } from "./marked-rows.ts";
import { lookupName } from "./names.ts";
import type { Tables } from "./tables.ts";

/** Which packages of a release have a command in `/usr/bin`, `/usr/sbin`, `/bin` or `/sbin`. */
export interface CommandAnswer {
  /** Sorted by bytes. */
  readonly packages: readonly string[];
  /**
   * `complete`: these packages ship it as a file, and no other package of the release does · `partial`: these have it, and
   * there may be others · `unknown`: no package is known; one may still make it when it is installed.
   */
  readonly known: "complete" | "partial" | "unknown";
}

/**
 * The packages of a release that have a command. The archive's index has every file of every package, but not the links
 * that packages make when they are installed (`/usr/bin/php`, by update-alternatives(1)); of those a table has the common
 * ones. For Ubuntu the packages are Debian's, as far as they were seen in the release.
 */
export function packagesWithCommand(tables: Tables, release: string, command: string): CommandAnswer {
  const info = releaseInfo(tables, release);
  if (info === null || !/^[!-~]+$/.test(command)) return { packages: [], known: "unknown" };
  const files = markedRow(tables, "programs.tsv", command);
  const links = markedRow(tables, "alternatives.tsv", command);
  const inRelease = (letter: string): string[] => [...(files?.words(letter) ?? []), ...(links?.words(letter) ?? [])];
  const found = info.complete
    ? inRelease(info.letter)
    : knownReleases(tables)
        .flatMap(({ letter }) => inRelease(letter))
        .filter((name) => lookupName(tables, release, name).kind === "package");
  const packages = [...new Set(found)].sort(compareNames);
  if (packages.length === 0) return { packages, known: "unknown" };
  const whole = info.complete && !info.moving && links?.words(info.letter) == null;
  return { packages, known: whole ? "complete" : "partial" };
}

/**
 * The packages of a release of which one is installed for the sake of a command. The table by hand tells it where the archive's
 * index names several, or only the part that holds the file (python3-minimal, where `python3` is meant).
 */
export function packagesToInstallFor(tables: Tables, release: string, command: string): readonly string[] {
  const { packages } = packagesWithCommand(tables, release, command);
  const byHand = packagesOfCommand(tables, command).filter(
    (name) => lookupName(tables, release, name).kind === "package",
  );
  const both = packages.filter((name) => byHand.includes(name));
  if (both.length === 1) return both;
  return byHand.length === 1 ? byHand : packages;
}
