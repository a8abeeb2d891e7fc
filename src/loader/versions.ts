import { Allowance } from "../base/allowance.ts";
import type { ElfFacts, VersionNeed } from "../elf/facts.ts";
import { type LoadedObject, ObjectIndex } from "./objects.ts";
import { MAX_STEPS, STEPS_OF_RESULT } from "./places.ts";

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
 * Checks the version needs of mapped objects against what the libraries that answer to those names define (glibc
 * elf/dl-version.c, _dl_check_map_versions). A library without any version definitions satisfies every need: the
 * loader holds it for one built without versions and only warns ("no version information available"). Of a library that
 * is not mapped nothing is said here: that it is missing is said elsewhere.
 *
 * @param of the objects whose needs are checked; all that are mapped by default
 * @param allowance what the check may cost; where it is spent the list is not whole
 */
export function missingVersions(
  objects: readonly LoadedObject[],
  of: readonly LoadedObject[] = objects,
  allowance: Allowance = new Allowance(MAX_STEPS, { left: 0 }),
): readonly MissingVersion[] {
  const index = new ObjectIndex(objects);
  const missing: MissingVersion[] = [];
  for (const { facts, path: requiredBy } of of) {
    for (const need of facts?.versionNeeds ?? []) {
      if (!allowance.spend(1)) return missing;
      const provider = index.answering(need.file);
      if (provider?.facts == null || provider.facts.versionDefinitions.length === 0) continue;
      for (const { name, weak } of lacking(need, provider.facts)) {
        if (!allowance.spend(STEPS_OF_RESULT)) return missing;
        missing.push({ file: need.file, version: name, weak, requiredBy, providedByPath: provider.path });
      }
    }
  }
  return missing;
}

const lackingOf = new WeakMap<VersionNeed, WeakMap<ElfFacts, VersionNeed["versions"]>>();
const definedIn = new WeakMap<ElfFacts, ReadonlySet<string>>();

/** The versions of a need that a library does not define, remembered: many programs map the same two files. */
function lacking(need: VersionNeed, provider: ElfFacts): VersionNeed["versions"] {
  const known = lackingOf.get(need) ?? new WeakMap<ElfFacts, VersionNeed["versions"]>();
  lackingOf.set(need, known);
  let versions = known.get(provider);
  if (versions === undefined) {
    versions = need.versions.filter(({ name }) => !definesVersion(provider, name));
    known.set(provider, versions);
  }
  return versions;
}

/** Whether a library defines a symbol version. */
export function definesVersion(facts: ElfFacts, version: string): boolean {
  let defined = definedIn.get(facts);
  if (defined === undefined) {
    defined = new Set(facts.versionDefinitions);
    definedIn.set(facts, defined);
  }
  return defined.has(version);
}
