import { compareNames } from "../base/names.ts";
import { flatMapSteps, type Steps } from "../base/steps.ts";
import type { Reduction } from "../debian/reduce.ts";
import { aptWord, parseKey } from "../debian/words.ts";
import { realPathOf } from "../snapshot/path.ts";
import type { ArtifactFile } from "./artifact-files.ts";
import { pathFields } from "./artifacts.ts";
import { openInBuilder } from "./dlopen.ts";
import type { InterpreterNeed } from "./interpreters.ts";
import type { Need } from "./library-status.ts";
import type { Artifact, Note, NoteCode, NoteDetails } from "./model.ts";
import type { ResolvedScene } from "./resolved.ts";
import { allowanceFor, type BuilderScene, type Scene } from "./scene.ts";

/** Makes a note; the details are those of its code. */
export function note<Code extends NoteCode>(code: Code, path: string | null, details: NoteDetails[Code]): Note {
  const about = path === null ? { path } : pathFields(path);
  // TypeScript does not see that code and details belong to one member of the union.
  return { code, ...about, ...details } as Note;
}

/** What was seen of the files and their needs, and left out. */
export function* artifactNotes(
  resolved: ResolvedScene,
  needs: readonly Need[],
  interpreters: readonly InterpreterNeed[],
): Steps<Note[]> {
  const { scene } = resolved;
  return distinct([
    ...[...resolved.damaged].map(([{ fact }, { reason }]) => note("damaged-elf", fact.path, { reason })),
    ...scene.builders.flatMap(fileNotes),
    ...scene.builders.flatMap(notAskedNotes),
    ...(yield* loaderNotes(scene)),
    ...(yield* flatMapSteps(needs, needNotes)),
    ...ldconfigNotes(resolved, needs),
    ...interpreters.flatMap(({ status, found, file, name }) =>
      status === "unowned" && found !== null
        ? [note("interpreter-unowned", file.fact.path, { interpreter: name })]
        : [],
    ),
    ...unfinishedNotes(scene),
  ]);
}

function fileNotes(builder: BuilderScene): Note[] {
  return builder.files.flatMap(({ fact, foreign, facts }) => {
    if (foreign === "architecture")
      return [note("foreign-architecture", fact.path, { machine: facts?.machine ?? null })];
    return foreign === null ? [] : [note(foreign, fact.path, {})];
  });
}

/** Where ldd could not be asked: a note a reason, since artifacts that hold the loader itself are asked about by none. */
function notAskedNotes(builder: BuilderScene): Note[] {
  const paths = new Map<string, string[]>();
  for (const { fact, kind } of builder.files) {
    const reason = builder.answers.get(fact.path)?.failure ?? null;
    if (reason === null || !isLoaded(kind)) continue;
    const known = paths.get(reason);
    if (known === undefined) paths.set(reason, [fact.path]);
    else known.push(fact.path);
  }
  return [...paths].map(([reason, files]) => {
    const [first = null] = files.sort(compareNames);
    return note("loader-not-asked", first, { reason, files: files.length });
  });
}

function isLoaded(kind: Artifact["kind"]): boolean {
  return kind === "executable" || kind === "shared-object";
}

/** Where ldd and our own rules disagree about the builder. */
function* loaderNotes(scene: Scene): Steps<Note[]> {
  const notes: Note[] = [];
  for (const builder of scene.builders)
    for (const one of yield* flatMapSteps(builder.files, (file) => differences(file, builder, scene))) notes.push(one);
  return notes;
}

function differences({ fact, kind }: ArtifactFile, builder: BuilderScene, scene: Scene): Note[] {
  const answer = builder.answers.get(fact.path);
  if (answer === undefined || answer.failure !== null || !isLoaded(kind)) return [];
  const own = openInBuilder(builder, fact.path, [], allowanceFor(scene));
  return own.libraries.flatMap(({ soname, path, status, skipped }) => {
    const said = answer.libraries.get(soname);
    if (said === undefined || status === "unknown" || sameFile(builder, said, path)) return [];
    if (isVariant(said, path) || skipped.some((one) => one.path === said && one.reason === "hwcaps")) return [];
    return [note("loader-differs", fact.path, { soname, ldd: said, static: path })];
  });
}

/** A variant for the capabilities of the builder's processor is no disagreement: our rules leave those out. */
function isVariant(said: string | null, path: string | null): boolean {
  return path !== null && said?.replace(/\/glibc-hwcaps\/[^/]+/, "") === path;
}

function sameFile(builder: BuilderScene, a: string | null, b: string | null): boolean {
  if (a === b) return true;
  if (a === null || b === null) return false;
  const [one, other] = [realPathOf(builder.image.view, a), realPathOf(builder.image.view, b)];
  return one.status === "found" && other.status === "found" && one.path === other.path;
}

function needNotes(need: Need): Note[] {
  const { artifact, result, provided } = need;
  const path = artifact.file.fact.path;
  if (need.byHost) return [note("unresolved-plugin", path, { soname: result.soname })];
  if (need.listed !== null)
    return [note("library-from-list", path, { soname: result.soname, package: parseKey(need.listed).name })];
  if (need.plugin === "optional") return [note("optional-plugin", path, { soname: result.soname })];
  const owner = provided?.owner?.package ?? null;
  if (owner === null || !parseKey(owner).name.endsWith("-dev")) return [];
  return [note("dev-package", path, { package: parseKey(owner).name, soname: result.soname })];
}

/** Libraries to copy that are found by ld.so.cache alone. */
function ldconfigNotes(resolved: ResolvedScene, needs: readonly Need[]): Note[] {
  const placed = resolved.scene.builders.flatMap((builder) => builder.placed);
  const assumed = new Set(placed.flatMap(({ to, mapping }) => (mapping.assumed ? [to] : [])));
  return needs.flatMap(({ status, result, provided }) => {
    if (status === "unowned" && result.via === "cache" && provided !== null)
      return [note("needs-ldconfig", provided.place, {})];
    const cached = status === "artifact" && result.via === "cache" && assumed.has(result.realPath ?? "");
    return cached ? [note("needs-ldconfig", result.path, {})] : [];
  });
}

function unfinishedNotes(scene: Scene): Note[] {
  return scene.builders.flatMap(({ image }) =>
    image.installed.unfinished.map(({ key, status }) => note("half-installed", null, { package: key, state: status })),
  );
}

/** Where dpkg's status has names that dpkg does not accept: whose files those packages' are is not known. */
export function invalidNames({ builders, base }: Scene): Note[] {
  const images = [...builders.map(({ image }) => image), ...(base === null ? [] : [base])];
  return images.flatMap(({ installed }) =>
    installed.invalid.length === 0 ? [] : [note("package-names-invalid", null, { names: installed.invalid })],
  );
}

/** What apt refuses of the line, and what of it may be there without being named. */
export function reductionNotes({ held, perhaps }: Reduction, scene: Pick<Scene, "architecture" | "archive">): Note[] {
  const word = (key: string): string => aptWord(key, scene.architecture) ?? key;
  return [
    ...held.map((key) => note("package-held", null, { package: parseKey(key).name })),
    ...[...perhaps].map(([key, by]) =>
      note("perhaps-implied", null, { package: word(key), by: by.map(word), online: scene.archive !== null }),
    ),
  ];
}

/** Sorted by code, path and details, each once. */
export function distinct(notes: readonly Note[]): Note[] {
  const byText = new Map(notes.map((one) => [JSON.stringify([one.code, one.path, one]), one]));
  return [...byText].sort(([a], [b]) => compareNames(a, b)).map(([, one]) => one);
}
