import { dirname } from "../base/paths.ts";
import { keyOfName, type PackageSet } from "../debian/packages.ts";
import { parseRelations } from "../debian/relations.ts";
import { parseKey } from "../debian/words.ts";
import type { ArtifactFile } from "./artifact-files.ts";
import type { Note, Reason } from "./model.ts";
import { note } from "./notes.ts";
import type { BuilderScene, Scene } from "./scene.ts";

/** The archives that were not opened, or not to their end, and those in others. */
export function archiveNotes(scene: Scene): Note[] {
  return scene.builders.flatMap(({ archives }) =>
    archives.flatMap(({ fact, archive: { failure, nested } }) => [
      ...(failure === null ? [] : [note("archive-not-read", fact.path, { reason: failure })]),
      ...(nested[0] === undefined
        ? []
        : [note("archives-in-archive", fact.path, { first: nested[0], count: nested.length })]),
    ]),
  );
}

/**
 * What the control files of packages among the artifacts depend on, by key: dpkg configures none of them without. Of
 * alternatives, the first that the builder has installed, else the first that is known, else the first. What another of
 * these packages is or provides is there.
 */
export function dependedPackages(
  scene: Scene,
  known: PackageSet,
  base: PackageSet,
): ReadonlyMap<string, readonly Reason[]> {
  const wanted = new Map<string, Reason[]>();
  for (const builder of scene.builders) {
    const own = new Set(builder.archives.flatMap(({ archive }) => archive.control?.Package ?? []));
    for (const { fact, archive } of builder.archives) {
      const { "Pre-Depends": before = "", Depends: depends = "" } = archive.control ?? {};
      for (const name of dependencies(`${before}, ${depends}`, own, builder, [base, known])) {
        const key = keyOfName(name, [known, base], scene.architecture);
        const reason: Reason = { artifact: fact.path, kind: "depends", chain: [{ soname: name, path: null }] };
        wanted.set(key, [...(wanted.get(key) ?? []), reason]);
      }
    }
  }
  return wanted;
}

const folders = new WeakMap<BuilderScene, Map<string, readonly string[]>>();

/**
 * The folders with shared objects in the archive that an artifact is in, at the place of its member. Who unpacks an
 * archive tells its programs where their libraries are, so what one of them needs of another is taken to be found. A .deb
 * has its files where they will be.
 */
export function foldersBeside({ fact }: ArtifactFile, path: string, builder: BuilderScene): readonly string[] {
  const { inside } = fact;
  const member = inside === undefined ? "" : fact.path.slice(inside.length + 1);
  if (inside === undefined || !path.endsWith(`!${member}`)) return [];
  const known = folders.get(builder) ?? new Map<string, readonly string[]>();
  folders.set(builder, known);
  const own = known.get(inside) ?? libraryFolders(inside, builder);
  known.set(inside, own);
  const root = path.slice(0, path.length - member.length);
  return own.map((folder) => root + folder).filter((folder) => !/[:;$]/.test(folder));
}

function libraryFolders(archive: string, { files }: BuilderScene): readonly string[] {
  const libraries = files.filter(({ fact, kind }) => fact.inside === archive && kind === "shared-object");
  return [...new Set(libraries.map(({ fact }) => dirname(fact.path.slice(archive.length + 1))))];
}

function dependencies(
  text: string,
  own: ReadonlySet<string>,
  { image }: BuilderScene,
  sets: readonly PackageSet[],
): string[] {
  const installed = new Set([...image.installed.set.all.keys()].map((key) => parseKey(key).name));
  return parseRelations(text).flatMap(({ alternatives }) => {
    const names = alternatives.map(({ name }) => name).filter((name) => name !== "");
    if (names.some((name) => own.has(name))) return [];
    const provided = (name: string): string[] =>
      sets.flatMap((set) =>
        set.named(name).length > 0
          ? [name]
          : set
              .providing(name)
              .slice(0, 1)
              .map((one) => one.name),
      );
    return names.find((name) => installed.has(name)) ?? names.flatMap(provided)[0] ?? names[0] ?? [];
  });
}
