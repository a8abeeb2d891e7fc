import type { Package } from "../analysis/model.ts";
import { callIn } from "../analysis/runtime-scripts.ts";
import { matchesGlob } from "../base/glob.ts";
import { basename } from "../base/paths.ts";
import { companionTriggers } from "../debian/companions.ts";
import { commandsOf, librariesOf } from "../debian/contents.ts";
import { knownReleases, lookupSoname } from "../debian/mappings.ts";
import { isModulePackage } from "../debian/module-packages.ts";
import { stemOf } from "../debian/soname-family.ts";
import type { AptPackageWord, Stage } from "../dockerfile/plan.ts";
import { lastCommands } from "../dockerfile/started.ts";
import { isMeant } from "../snapshot/library-names.ts";
import type { Identity } from "./identity.ts";
import type { AuditInput } from "./input.ts";

/** Why a listed package is used, strongest reason first. `near-missing`: it has another version of a missing library. */
export type Usage = "needed" | "near-missing" | "traced" | "called" | "companion" | "possibly-opened" | "environment";

/** The package of the analysis that a listed package is, or can replace (libopenblas0 for libblas3). */
export function neededAs(identity: Identity, word: AptPackageWord, { analysis, facts }: AuditInput): Package | null {
  const { world, release, tables } = facts;
  const names = new Set([identity.name, word.name]);
  const provides = (world.known.all.get(identity.key) ?? world.base.all.get(identity.key))?.provides ?? [];
  for (const { name } of provides) names.add(name);
  const direct = analysis?.packages.find(
    (item) => item.name === identity.name && (word.architecture === null || item.architecture === word.architecture),
  );
  if (direct !== undefined) return direct;
  const replaces = (item: Package): boolean => {
    if (item.alternatives.some((other) => names.has(other))) return true;
    if (item.alternatives.length === 0 || release === null) return false;
    return item.sonames.some((soname) => lookupSoname(tables, release.key, soname)?.packages.includes(identity.name));
  };
  return analysis?.packages.find(replaces) ?? null;
}

/** The stages in which a package can be used. */
interface UsageStages {
  /** The runtime stage and those below it, the lowest first. */
  readonly chain: readonly Stage[];
  /** The stages whose RUN instructions can call programs of the package. */
  readonly users: readonly Stage[];
}

interface Candidate {
  readonly word: AptPackageWord;
  readonly identity: Identity;
  readonly needed: Package | null;
}

/** Why a listed package is used, or null. `listed` has the names of all listed packages. */
export function usageOf(
  { word, identity, needed }: Candidate,
  listed: readonly string[],
  stages: UsageStages,
  input: AuditInput,
): Usage | null {
  if (needed !== null) return "needed";
  const names = [identity.name, word.name];
  if (isNearMissing(names, input)) return "near-missing";
  if (names.some((name) => input.facts.traced?.has(name) === true)) return "traced";
  if (isCalled(names, stages, input)) return "called";
  if (isCompanion(names, listed, input)) return "companion";
  if (isPossiblyOpened(names, input)) return "possibly-opened";
  return names.some((name) => environmentAsks(name, stages.chain)) ? "environment" : null;
}

/**
 * Whether the package may have been listed for a library that is missing: it has another version of the library in some
 * release (libaio1t64 for libaio.so.1), or it is a companion of the library (openssl for libssl.so.1.1).
 */
function isNearMissing(names: readonly string[], { analysis, facts: { tables, release } }: AuditInput): boolean {
  const missing = (analysis?.missing ?? [])
    .filter(({ kind }) => kind === "library" || kind === "plugin")
    .map(({ name }) => stemOf(name));
  if (missing.length === 0) return false;
  const releases = knownReleases(tables).map(({ key }) => key);
  const libraries = names.flatMap((name) => releases.flatMap((key) => librariesOf(tables, key, name)));
  const triggers = names.flatMap((name) => companionTriggers(tables, release?.key ?? null, name));
  return [...names, ...libraries, ...triggers].some((name) => missing.includes(stemOf(name)));
}

function isCalled(names: readonly string[], stages: UsageStages, { analysis, facts }: AuditInput): boolean {
  if (analysis?.dropped.some(({ package: name, calledBy }) => calledBy !== null && names.includes(name))) return true;
  const commands = new Set([...names, ...names.flatMap((name) => commandsOf(facts.tables, name))]);
  const isMeant = (program: string): boolean => commands.has(basename(program));
  return programsOf(stages).some(isMeant) || callIn(facts.scripts, isMeant) !== null;
}

/** The programs that the RUN instructions of the users call, and CMD, ENTRYPOINT and HEALTHCHECK of the runtime stage. */
function programsOf({ chain, users }: UsageStages): readonly string[] {
  const run = users.flatMap(({ instructions }) =>
    instructions.flatMap((instruction) => (instruction.kind === "run" ? instruction.programs : [])),
  );
  return [...run, ...lastCommands(chain).flatMap(({ programs }) => programs)];
}

function isCompanion(names: readonly string[], listed: readonly string[], { analysis, facts }: AuditInput): boolean {
  if (analysis?.suggested.some((item) => names.includes(item.package))) return true;
  const release = facts.release?.key ?? null;
  const triggers = names.flatMap((name) => companionTriggers(facts.tables, release, name));
  const needed = analysis?.packages ?? [];
  return triggers.some((trigger) => {
    if (trigger.includes(".so")) return needed.some(({ sonames }) => sonames.some((one) => matchesGlob(trigger, one)));
    const calls = (name: string): boolean => !names.includes(name) && matchesGlob(trigger, name);
    return needed.some(({ name }) => calls(name)) || listed.some(calls);
  });
}

/** A library or module of the package is named in an artifact or a text of the stage, or by a note. */
function isPossiblyOpened(names: readonly string[], { analysis, facts }: AuditInput): boolean {
  const { release, tables } = facts;
  const sonames = release === null ? [] : names.flatMap((name) => librariesOf(tables, release.key, name));
  const isNamed = (library: string): boolean =>
    sonames.some((soname) => isMeant(library, soname)) ||
    names.some((name) => isModulePackage(name, basename(library)));
  if ([...facts.namedLibraries].some(isNamed)) return true;
  return (analysis?.notes ?? []).some((note) => {
    if (note.code === "possibly-opened") return names.includes(note.package);
    return note.code === "dlopen-suggested" && note.sonames.some((soname) => sonames.includes(soname));
  });
}

/** `LANG` and `LC_*` ask for locales, `TZ` for tzdata. */
function environmentAsks(name: string, chain: readonly Stage[]): boolean {
  const wanted = /^locales/.test(name) ? /^(?:LANG|LANGUAGE|LC_\w+)$/ : /^tzdata/.test(name) ? /^TZ$/ : null;
  return (
    wanted !== null &&
    chain.some(({ instructions }) =>
      instructions.some(
        (instruction) => instruction.kind === "env" && instruction.values.some(([variable]) => wanted.test(variable)),
      ),
    )
  );
}
