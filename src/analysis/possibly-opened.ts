import type { Allowance } from "../base/allowance.ts";
import { basename } from "../base/paths.ts";
import { flatMapSteps, type Steps } from "../base/steps.ts";
import { isModulePackage } from "../debian/module-packages.ts";
import { keyOfName } from "../debian/packages.ts";
import { parseKey } from "../debian/words.ts";
import { resolveProgram } from "../loader/resolve.ts";
import { isMeant } from "../snapshot/library-names.ts";
import { realPathOf } from "../snapshot/path.ts";
import { openedBy, openInBuilder } from "./dlopen.ts";
import type { Knowledge } from "./knowledge.ts";
import type { TextNames } from "./library-mentions.ts";
import type { Reason } from "./model.ts";
import type { PackageAnswer } from "./packages.ts";
import type { ResolvedArtifact, ResolvedScene } from "./resolved.ts";
import { allowanceFor, type BuilderScene, type Scene } from "./scene.ts";

/** A library that a file names and may open at run time, with the package that has it. */
export interface PossiblyOpened {
  /** The file that has the name. */
  readonly path: string;
  /** The name as the file has it, without a version where it has none. */
  readonly soname: string;
  readonly package: string;
  /** The package as the builder has it installed; null where only a table knows it. */
  readonly key: string | null;
}

/**
 * The libraries that are named in the artifacts and in texts of the runtime stage, that a package has, and that do not come
 * anyway: perhaps they are opened. Nothing is added for them without `--with-recommended`. One for each name, at the first
 * file that has it.
 */
export function* possiblyOpened(
  resolved: ResolvedScene,
  texts: readonly TextNames[],
  knowledge: Knowledge,
  present: ReadonlySet<string>,
): Steps<PossiblyOpened[]> {
  const found = new Map<string, PossiblyOpened>();
  const libraries = new Map(resolved.scene.builders.map((builder) => [builder, installedLibraries(builder)]));
  const isNew = ({ soname, package: name }: PossiblyOpened): boolean => !found.has(soname) && !present.has(name);
  for (const artifact of resolved.artifacts) {
    yield;
    if (resolved.damaged.has(artifact.file)) continue;
    const absent = openedByArtifact(artifact, resolved.scene, libraries, knowledge).filter(isNew);
    if (absent.length === 0) continue;
    const sonames = absent.map(({ soname }) => soname);
    const there = foundThere(artifact, resolved, sonames, allowanceFor(resolved.scene));
    for (const one of absent) if (!there.has(one.soname)) found.set(one.soname, one);
  }
  for (const one of yield* openedByTexts(texts, resolved.scene, libraries, knowledge))
    if (isNew(one)) found.set(one.soname, one);
  return [...found.values()];
}

/** Of some names those that an artifact would find in the runtime stage as it is known by now, with all that it has. */
export function foundThere(
  { file, path }: ResolvedArtifact,
  { destination: { view, settings } }: ResolvedScene,
  names: readonly string[],
  allowance: Allowance,
): ReadonlySet<string> {
  return openedBy(resolveProgram(view, path, { ...settings(file.fact.mode), opened: names, allowance }));
}

/** By the library's name without a version: paths or names of its files. */
type Libraries = ReadonlyMap<string, readonly string[]>;
type OfBuilders = ReadonlyMap<BuilderScene, Libraries>;
type Owner = Pick<PossiblyOpened, "package" | "key">;

/** The names in an ELF file. A package that the builder lacks is told only of a file that can open libraries by name. */
function openedByArtifact(
  artifact: ResolvedArtifact,
  scene: Scene,
  libraries: OfBuilders,
  knowledge: Knowledge,
): PossiblyOpened[] {
  const { builder, choices } = artifact;
  const { path, sonameStrings = [], openers = [] } = artifact.file.fact;
  const told = new Set(choices.flatMap(({ entry }) => entry.soname));
  const names = sonameStrings.filter((name) => !told.has(name));
  if (names.length === 0) return [];
  const opened = openInBuilder(builder, path, names, allowanceFor(scene)).libraries;
  return names.flatMap((name) => {
    const at = opened.find(({ soname, status }) => soname === name && status === "found")?.path ?? null;
    const owner =
      (at === null || builder.crossRelease ? null : ownerOf(builder, at)) ??
      (name === stemOf(name) ? ownerInBuilders(name, scene, libraries) : null) ??
      (openers.length > 0 ? ownerInTables(name, knowledge) : null);
    return owner === null ? [] : [{ path, soname: name, ...owner }];
  });
}

/** The names in texts, but for libraries that the runtime stage gets by COPY. */
function* openedByTexts(
  texts: readonly TextNames[],
  scene: Scene,
  libraries: OfBuilders,
  knowledge: Knowledge,
): Steps<PossiblyOpened[]> {
  const copied = copiedNames(scene);
  return yield* flatMapSteps(texts, ({ path, names }) =>
    names.flatMap((name): PossiblyOpened[] => {
      if ((copied.get(stemOf(name)) ?? []).some((file) => isMeant(name, file))) return [];
      const owner = ownerInBuilders(name, scene, libraries) ?? ownerInTables(name, knowledge);
      return owner === null ? [] : [{ path, soname: name, ...owner }];
    }),
  );
}

const VERSIONED = /^(.+?\.so)(?:\..*)?$/;
/** No library has more versions side by side. */
const MAX_VERSIONS = 64;

/** `libpq.so` of `/usr/lib/libpq.so.5`; empty for what is no name of a library. */
function stemOf(name: string): string {
  return VERSIONED.exec(basename(name))?.[1] ?? "";
}

function installedLibraries({ image, destinations }: BuilderScene): Libraries {
  const files = image.snapshot.files.filter(
    ({ path, type }) => (type === "file" || type === "symlink") && path.includes(".so") && !destinations.has(path),
  );
  return byStem(files.map(({ path }) => path));
}

/** The names under which the runtime stage gets libraries by COPY. */
function copiedNames({ builders }: Scene): Libraries {
  return byStem(builders.flatMap(({ placed }) => placed.map(({ to }) => basename(to))));
}

function byStem(names: readonly string[]): Libraries {
  const found = new Map<string, string[]>();
  for (const name of names) {
    const stem = stemOf(name);
    const known = found.get(stem);
    if (stem === "") continue;
    if (known === undefined) found.set(stem, [name]);
    else if (known.length < MAX_VERSIONS) known.push(name);
  }
  return found;
}

/** The package of the first builder that has a library installed, by its path, its name, or the name of its module. */
function ownerInBuilders(name: string, { builders }: Scene, libraries: OfBuilders): Owner | null {
  for (const builder of builders) {
    // Names of packages do not carry over to another release.
    if (builder.crossRelease) continue;
    const real = name.startsWith("/") && !name.includes("*") ? realPathOf(builder.image.view, name) : null;
    const versions = libraries.get(builder)?.get(stemOf(name)) ?? [];
    const meant = versions.filter((path) => isMeant(name, basename(path)));
    for (const path of [...(real?.status === "found" ? [real.path] : []), ...meant]) {
      const owner = ownerOf(builder, path);
      if (owner !== null) return owner;
    }
    const installed = [...builder.image.installed.set.all.values()];
    const module = installed.find((item) => isModulePackage(item.name, basename(name)));
    if (module !== undefined) return { package: module.name, key: module.key };
  }
  return null;
}

/** Development packages are left out: programs do not open what only a compiler asks for. */
function ownerOf({ image }: BuilderScene, path: string): Owner | null {
  const { package: key } = image.ownerOf(path);
  return key === null || parseKey(key).name.endsWith("-dev") ? null : { package: parseKey(key).name, key };
}

/** The one package of the runtime's release that is known to have a library, of its versions the newest. */
function ownerInTables(name: string, knowledge: Knowledge): Owner | null {
  const soname = basename(name);
  if (knowledge.isHostProvided(soname)) return null;
  const answer = knowledge.lookup(soname);
  const names = answer.kind === "packages" ? answer.names : (knowledge.story(soname).versions[0]?.packages ?? []);
  const isExact = answer.kind === "packages" || soname === stemOf(soname);
  const [first] = isExact ? names : [];
  return first === undefined || first.endsWith("-dev") ? null : { package: first, key: null };
}

/**
 * The packages that `--with-recommended` takes for these: those that the builder has installed, and those that the runtime
 * stage installs now.
 */
export function takeOpened(
  opened: readonly PossiblyOpened[],
  listed: ReadonlySet<string>,
  { known }: PackageAnswer,
  architecture: string,
): ReadonlyMap<string, readonly Reason[]> {
  const taken = new Map<string, Reason[]>();
  for (const { path, soname, package: name, key } of opened) {
    if (key === null && !listed.has(name)) continue;
    const word = key ?? keyOfName(name, [known], architecture);
    const reason: Reason = {
      artifact: path,
      kind: "recommended",
      chain: [{ soname, path: null }],
      because: "its name is in the file",
    };
    const reasons = taken.get(word);
    if (reasons === undefined) taken.set(word, [reason]);
    else reasons.push(reason);
  }
  return taken;
}
