import { answersTo, type LoadedObject } from "./objects.ts";

/** A symbol version that is asked of a library and not defined there. */
export interface MissingVersion {
  /** vn_file: of whom it is asked. */
  readonly file: string;
  readonly version: string;
  /** A weak need is told by the loader, but does not stop it. */
  readonly weak: boolean;
  /** The paths, as loaded, of who asks and of the library that lacks it. */
  readonly requiredBy: string;
  readonly providedByPath: string;
}

/**
 * Checks the version needs of every mapped object against what the libraries that answer to those names define (glibc
 * elf/dl-version.c, _dl_check_map_versions). A library without any version definitions satisfies every need: the
 * loader holds it for one built without versions and only warns ("no version information available"). Of a library that
 * is not mapped nothing is said here: that it is missing is said elsewhere.
 */
export function missingVersions(objects: readonly LoadedObject[]): readonly MissingVersion[] {
  return objects.flatMap((object) => missingVersionsOf(object, objects));
}

/** The same for one object among those mapped with it. */
export function missingVersionsOf(object: LoadedObject, objects: readonly LoadedObject[]): readonly MissingVersion[] {
  return (object.facts?.versionNeeds ?? []).flatMap(({ file, versions }) => {
    const provider = objects.find((one) => answersTo(one, file));
    const defined = provider?.facts?.versionDefinitions ?? [];
    if (provider === undefined || defined.length === 0) return [];
    return versions
      .filter(({ name }) => !defined.includes(name))
      .map(({ name, weak }) => ({
        file,
        version: name,
        weak,
        requiredBy: object.path,
        providedByPath: provider.path,
      }));
  });
}
