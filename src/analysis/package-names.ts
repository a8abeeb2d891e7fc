import { basename } from "../base/paths.ts";
import type { Misreading } from "../debian/apt-reading.ts";
import { compareVersions } from "../debian/version.ts";
import { parseKey } from "../debian/words.ts";
import { ARCHIVE, isUnavailable } from "./archive.ts";
import type { Provided } from "./provision.ts";
import type { Scene } from "./scene.ts";

/** What a release is known to have for a soname. */
export type SonameAnswer =
  | { readonly kind: "packages"; readonly names: readonly string[] }
  /** The table is whole, and has it not. */
  | { readonly kind: "absent" }
  /** The table is not whole, or there is none; a hint is no proof. */
  | { readonly kind: "unknown"; readonly hint: string | null };

/** Looks a soname up in the runtime's release. */
export type SonameLookup = (soname: string) => SonameAnswer;

/** Which package brings a file to the runtime stage. */
export type PackageName =
  | { readonly kind: "key"; readonly key: string }
  /** It has a name, but apt in the runtime base does not have it. */
  | { readonly kind: "unavailable"; readonly key: string }
  /** The base has it installed without that file, so apt would do nothing. */
  | { readonly kind: "stripped"; readonly key: string }
  /** apt would read its name as something else. */
  | { readonly kind: "misread"; readonly key: string; readonly reading: Misreading }
  | { readonly kind: "absent" }
  | { readonly kind: "unknown"; readonly hint: string | null };

/**
 * The package that has to be installed for a file of the builder. Where builder and runtime base are of one release it
 * is the file's owner; where they are not, names do not carry over, and the runtime's own table is asked.
 */
export function nameOfProvided(provided: Provided, scene: Scene, lookup: SonameLookup): PackageName {
  if (provided.owner === null) return { kind: "absent" };
  const builder = scene.builders[provided.builder];
  if (provided.builder === ARCHIVE || scene.copyOnly || builder?.crossRelease !== true) {
    const key = provided.owner.package;
    if (isStripped(key, provided, scene)) return { kind: "stripped", key };
    const reading = scene.copyOnly ? null : scene.misread(parseKey(key).name);
    if (reading !== null) return { kind: "misread", key, reading };
    const inBase = scene.base?.installed.set.all.has(key) === true;
    return { kind: !scene.copyOnly && !inBase && isUnavailable(key, scene.archive) ? "unavailable" : "key", key };
  }
  // The archive has been searched for it: what is still the builder's, apt does not have.
  if (scene.archive !== null) return { kind: "absent" };
  const answer = lookup(basename(provided.soname));
  if (answer.kind !== "packages") return answer;
  const [name] = answer.names;
  if (name === undefined) return { kind: "absent" };
  const key = `${name}:${parseKey(provided.owner.package).architecture}`;
  return { kind: isStripped(key, provided, scene) ? "stripped" : "key", key };
}

/**
 * The base has the package, and no newer one is known that would bring the file: somebody deleted it there, or dpkg was
 * told to leave it out (dpkg(1), `--path-exclude`).
 */
function isStripped(key: string, provided: Provided, scene: Scene): boolean {
  const there = scene.base?.installed.set.all.get(key);
  if (scene.copyOnly || provided.upgrade || there === undefined) return false;
  return !isOlderInBase(key, provided, scene);
}

/** The base has the package in an older version than would be installed. */
export function isOlderInBase(key: string, { builder }: Provided, { base, builders, archive }: Scene): boolean {
  const there = base?.installed.set.all.get(key)?.version;
  const from = builders[builder];
  const candidate = archive?.known.all.get(key)?.version;
  const here = candidate ?? (from?.crossRelease === false ? from.image.installed.set.all.get(key)?.version : undefined);
  return there !== undefined && here !== undefined && compareVersions(there, here) < 0;
}
