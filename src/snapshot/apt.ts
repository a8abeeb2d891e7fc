import type { FileFact } from "./snapshot.ts";

/** What apt in the runtime base said (`--online`): plain data, kept with a saved run. */
export interface AptFacts {
  /** The packages that were asked for, in the order of preference. */
  readonly asked: readonly string[];
  /** Stanzas of the candidates of those that apt has, and of all that they may bring in. */
  readonly packages: readonly Readonly<Record<string, string>>[];
  /** What the packages hold whose contents were asked for; those that apt does not have are left out. */
  readonly contents: readonly PackageContents[];
}

export interface PackageContents {
  readonly package: string;
  readonly architecture: string;
  /** Libraries, links to them, and programs, as the package ships them. */
  readonly files: readonly FileFact[];
}

/** What apt is asked. */
export interface AptWishes {
  /** Packages whose candidates matter. */
  readonly packages: readonly string[];
  /** Packages of which it matters what they hold, best first. */
  readonly contents: readonly string[];
}

/** A list of words for `apt-get install`. */
export interface AptList {
  /** As they stand behind `install`: `name`, `name:arch`, `name=version`, `name/suite`. */
  readonly words: readonly string[];
  /** Recommended packages too, as apt in the base is set up. */
  readonly recommends: boolean;
}

/** A package that apt would unpack. */
export interface AptInstallation {
  /** As apt prints it: the architecture stands behind it where it is a foreign one. */
  readonly name: string;
  readonly version: string;
  /** The version that is there already, or null. */
  readonly replaces: string | null;
  /** Installed-Size in bytes; null where apt does not tell it. */
  readonly bytes: number | null;
}

/** What apt would do for one list. */
export type AptSimulation =
  | { readonly kind: "done"; readonly installs: readonly AptInstallation[] }
  /** apt refuses, in its own words. */
  | { readonly kind: "refused"; readonly reason: string };
