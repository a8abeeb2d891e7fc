import type { KnownNames } from "../debian/apt-reading.ts";
import { type Companion, companionsFor } from "../debian/companions.ts";
import { commandsOf } from "../debian/contents.ts";
import { knownNames } from "../debian/known-names.ts";
import { baseImage, isHostProvided, isOptionalPlugin, knownReleases, lookupSoname } from "../debian/mappings.ts";
import { lookupName, onlyProvider } from "../debian/names.ts";
import { packageOfPath } from "../debian/path-packages.ts";
import { packagesToInstallFor, packagesWithCommand } from "../debian/programs.ts";
import { matchRelease } from "../debian/release.ts";
import { type SonameStory, sonameStory } from "../debian/soname-family.ts";
import type { Tables } from "../debian/tables.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { releaseOf } from "./distribution.ts";
import type { SonameAnswer } from "./package-names.ts";
import type { RuntimeBase } from "./runtime-base.ts";

/** What our tables know of one release, as far as a question needs it. */
export interface Knowledge {
  /** A library that comes with the host and its driver (libcuda.so.1), so that no package brings it. */
  isHostProvided(soname: string): boolean;
  /** A plugin, by its file name, that programs go on without if it cannot be loaded. */
  isOptionalPlugin(file: string): boolean;
  /** Which packages of the runtime's release have a soname. */
  lookup(soname: string): SonameAnswer;
  /** The package that apt takes for a name in the runtime's release: itself, or the only one that provides it. */
  packageOf(name: string): string;
  /** What the tables know of a soname that the runtime's release may not have. */
  story(soname: string): SonameStory;
  /** Whether the release of an image has a package of a name; null if the tables cannot tell. */
  hasPackage(image: Pick<Snapshot, "osRelease">, name: string): boolean | null;
  /** The commands that a package is known to have; empty where none is known. */
  commands(name: string): readonly string[];
  /** The packages of the runtime's release that are known to have a command in a directory of PATH. */
  packagesWith(command: string): readonly string[];
  /** Those of which one is installed for the sake of a command. */
  packagesFor(command: string): readonly string[];
  /** The package that brings, or makes, what programs look for at a path; null if none is known. */
  packageAt(path: string): string | null;
  /** What is known of the names that apt in the runtime base has. */
  readonly names: KnownNames;
  companions(needs: { readonly sonames: Iterable<string>; readonly packages: Iterable<string> }): readonly Companion[];
}

/** The knowledge about the release that the line is for: the runtime base's, else the builder's. */
export function knowledgeFor(
  tables: Tables,
  builders: readonly Pick<Snapshot, "osRelease">[],
  base: RuntimeBase,
): Knowledge {
  const snapshot = base.source === "image" ? base.snapshot : builders[0];
  const key = snapshot === undefined ? null : releaseKey(tables, snapshot);
  return {
    isHostProvided: (soname) => isHostProvided(tables, soname),
    isOptionalPlugin: (file) => isOptionalPlugin(tables, file),
    lookup: (soname) => lookup(tables, key, soname),
    packageOf: (name) => (key === null ? null : onlyProvider(lookupName(tables, key.key, name))) ?? name,
    story: (soname) => sonameStory(tables, key?.key ?? null, soname),
    hasPackage: (image, name) => {
      const match = releaseKey(tables, image);
      const answer = match?.exact === true ? lookupName(tables, match.key, name).kind : "unknown";
      return answer === "unknown" ? null : answer === "package";
    },
    commands: (name) => commandsOf(tables, name),
    packagesFor: (command) => (key === null ? [] : packagesToInstallFor(tables, key.key, command)),
    packagesWith: (command) => (key === null ? [] : packagesWithCommand(tables, key.key, command).packages),
    packageAt: (path) => (key === null ? null : packageOfPath(tables, key.key, path)),
    get names() {
      return knownNames(tables, key?.exact === true ? key.key : null);
    },
    companions: (needs) => companionsFor(tables, key?.key ?? null, needs),
  };
}

/** The official image of the builder's release, as our tables know it; null for a release that they do not know. */
export function assumedBase(tables: Tables, builder: Pick<Snapshot, "osRelease"> | undefined): RuntimeBase | null {
  const key = builder === undefined ? null : releaseKey(tables, builder);
  const image = key === null ? null : baseImage(tables, key.key);
  return image === null ? null : { source: "mappings", reference: image.reference, packages: image.packages };
}

function releaseKey(tables: Tables, snapshot: Pick<Snapshot, "osRelease">): ReturnType<typeof matchRelease> {
  const release = releaseOf(snapshot);
  return release === null ? null : matchRelease(release, knownReleases(tables));
}

function lookup(tables: Tables, match: ReturnType<typeof matchRelease>, soname: string): SonameAnswer {
  if (match === null) return { kind: "unknown", hint: null };
  const answer = lookupSoname(tables, match.key, soname);
  if (answer === null) {
    // A derivative may have packages that its parent has not, so only the release itself proves absence.
    const complete = match.exact && knownReleases(tables).find(({ key }) => key === match.key)?.complete === true;
    return complete ? { kind: "absent" } : { kind: "unknown", hint: null };
  }
  if (answer.certainty === "hint") return { kind: "unknown", hint: answer.packages[0] ?? null };
  return { kind: "packages", names: answer.packages };
}
