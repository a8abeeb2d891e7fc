import { DEFAULT_PATH, isUnder } from "../base/paths.ts";
import { remembered } from "../base/remembered.ts";
import { finish, flatMapSteps, type Steps } from "../base/steps.ts";
import { misreading } from "../debian/apt-reading.ts";
import { runtimeEnv } from "../dockerfile/make-plan.ts";
import type { BuildPlan, CopyMapping } from "../dockerfile/plan.ts";
import { preloadOfEnvironment, preloadOfFile } from "../loader/preload.ts";
import { realPathOf } from "../snapshot/path.ts";
import type { FileFact } from "../snapshot/snapshot.ts";
import { emptyView, snapshotView } from "../snapshot/snapshot-view.ts";
import type { FileSystemView } from "../snapshot/view.ts";
import { type Archive, openArchive } from "./archive.ts";
import { type ArtifactFile, artifactFiles } from "./artifact-files.ts";
import { textOfFile } from "./destination-cache.ts";
import { releaseOf } from "./distribution.ts";
import { type LookedAtImage, openImage } from "./image.ts";
import type { AnalysisInput, LookedAtBuilder } from "./input.ts";
import { loaderAnswers } from "./loader-answers.ts";
import { type Placed, place, rootsOf } from "./placements.ts";
import { type BuilderScene, newPool, type Scene } from "./scene.ts";
import { startedScripts } from "./started-scripts.ts";

/** The program that the line calls. */
export const APT = "/usr/bin/apt-get";

/** What a scene is made of. */
export type SceneInput = Pick<AnalysisInput, "plan" | "mappings" | "builders" | "base" | "apt"> &
  Partial<Pick<AnalysisInput, "knowledge">>;

/** Opens the snapshots and lays the artifacts out; asks nothing yet. */
export function setScene(input: SceneInput): Scene {
  return finish(sceneSteps(input));
}

/** {@link setScene}, with pauses. */
export function* sceneSteps(input: SceneInput): Steps<Scene> {
  const base = input.base.source === "image" ? openImage(input.base.snapshot, "base") : null;
  yield;
  const images = yield* flatMapSteps(input.builders, ({ snapshot }) => openImage(snapshot, "builder"));
  const scratch = input.base.source === "none" && input.base.reference === "scratch";
  const baseView = base?.view ?? (scratch ? emptyView : linksOnly(images[0]));
  const builders: BuilderScene[] = [];
  for (const [index, builder] of input.builders.entries()) {
    const image = images[index] ?? openImage(builder.snapshot, "builder");
    builders.push(yield* setBuilder(input, builder, index, image, base, baseView));
  }
  const environment = environmentOf(input.plan, base?.snapshot.image.env ?? []);
  const archive = base === null || input.apt == null ? null : openArchive(input.apt, base.architecture);
  return {
    builders,
    base,
    baseView,
    libraryPath: environment.get("LD_LIBRARY_PATH") || null,
    preload: [
      ...preloadOfEnvironment(environment.get("LD_PRELOAD") ?? ""),
      ...preloadOfFile(preloadText(builders, base)),
    ],
    architecture: base?.architecture || images[0]?.architecture || "",
    archive,
    copyOnly: scratch || (base !== null && !hasApt(base)),
    misread: misreader(input, base, archive),
    pool: newPool(),
  };
}

/**
 * A builder's dpkg status may name its packages as it likes. That a package of a name exists is known from the tables, from
 * apt, from the base's own status (apt in it reads that), and from the Dockerfile, which is the user's.
 */
function misreader(
  { plan, knowledge }: SceneInput,
  base: LookedAtImage | null,
  archive: Archive | null,
): Scene["misread"] {
  if (knowledge === undefined) return () => null;
  const { names } = knowledge;
  const instructions = (plan?.stages ?? []).flatMap((stage) => stage.instructions);
  const installs = instructions.flatMap((one) => (one.kind === "run" ? one.aptInstalls : []));
  const written = new Set(
    installs.flatMap(({ packages }) => packages.flatMap((one) => (one.remove ? [] : [one.name]))),
  );
  const has = (name: string): boolean =>
    written.has(name) ||
    names.has(name) ||
    [base?.installed.set, archive?.known].some((set) => set !== undefined && set.named(name).length > 0);
  // Reading all names takes a while, and few names make it necessary.
  const all = {
    has,
    get all() {
      return names.all;
    },
    complete: names.complete,
  };
  return remembered((name) => misreading(name, all));
}

function* setBuilder(
  input: SceneInput,
  builder: LookedAtBuilder,
  index: number,
  image: LookedAtImage,
  base: LookedAtImage | null,
  baseView: FileSystemView,
): Steps<BuilderScene> {
  const stage = builder.stage;
  const mappings =
    input.plan === null ? input.mappings : input.plan.copies.filter((mapping) => mapping.stage === stage?.index);
  // Without a runtime stage nobody has decided when ldconfig runs; the note on it says that it must.
  const free = input.plan?.runtime == null;
  const placed = yield* settle(
    mappings.map((mapping) => (free || mapping.assumed ? { ...mapping, ldconfigAfter: true } : mapping)),
    image,
    baseView,
  );
  const started = startedScripts(input.plan, base?.snapshot.image.workingDir ?? "");
  const scripts = new Set(placed.flatMap(({ from, to }) => (started.has(to) ? from : [])));
  const destinations = yield* destinationsOf(placed, image, scripts);
  const isArtifact = artifactTest(input, builder, image, destinations);
  const files = yield* artifactFiles(image, isArtifact, scripts, base?.architecture ?? "");
  return {
    index,
    stage: stage === null ? null : (stage.name ?? String(stage.index)),
    image,
    answers: loaderAnswers(builder.snapshot),
    files,
    texts: yield* textsAmong(image, isArtifact, files),
    archives: image.snapshot.files.flatMap((fact) =>
      fact.archive !== undefined && isArtifact(fact.path) ? [{ fact, archive: fact.archive }] : [],
    ),
    placed,
    destinations,
    crossRelease: base !== null && !sameRelease(image, base),
  };
}

function* textsAmong(
  { snapshot }: LookedAtImage,
  isArtifact: (path: string) => boolean,
  files: readonly ArtifactFile[],
): Steps<FileFact[]> {
  const elf = new Set(files.flatMap(({ fact, kind }) => (kind === "script" ? [] : [fact.path])));
  const texts: FileFact[] = [];
  for (const fact of snapshot.files) {
    yield;
    const names = (fact.sonameStrings?.length ?? 0) + (fact.imports?.length ?? 0);
    if (names > 0 && !elf.has(fact.path) && isArtifact(fact.path)) texts.push(fact);
  }
  return texts;
}

/** What a COPY brings; a mapping of the command line counts for its source in place of the Dockerfile's. */
function* settle(mappings: readonly CopyMapping[], image: LookedAtImage, baseView: FileSystemView): Steps<Placed[]> {
  const placed: Placed[] = [];
  for (const mapping of mappings) for (const one of yield* place(mapping, image, baseView)) placed.push(one);
  const explicit = new Set(placed.filter(({ mapping }) => mapping.explicit).map(({ from }) => from));
  return placed.filter(({ from, mapping }) => mapping.explicit || !explicit.has(from));
}

/**
 * Where the files go that can be artifacts: those of which the look kept bytes or names, and scripts that an interpreter is
 * started with. Of others only the view has to know.
 */
function* destinationsOf(
  placed: readonly Placed[],
  { snapshot }: LookedAtImage,
  scripts: ReadonlySet<string>,
): Steps<Map<string, string[]>> {
  const kept = new Set(scripts);
  for (const { path, ranges, archive, sonameStrings, imports } of snapshot.files)
    if ([ranges, archive, sonameStrings, imports].some((field) => field !== undefined)) kept.add(path);
  const destinations = new Map<string, string[]>();
  for (const { from, to } of placed) {
    yield;
    if (!kept.has(from)) continue;
    const known = destinations.get(from);
    if (known === undefined) destinations.set(from, [to]);
    else known.push(to);
  }
  return destinations;
}

/**
 * Which files are asked about: those under the artifacts named by hand (links at their end followed as COPY follows
 * them); without such all that is copied, for a wildcard's folder has other files too.
 */
function artifactTest(
  { plan }: SceneInput,
  builder: LookedAtBuilder,
  image: LookedAtImage,
  destinations: ReadonlyMap<string, unknown>,
): (path: string) => boolean {
  const explicit = plan?.artifacts.filter(({ explicit: byHand, stage }) => byHand && stage === builder.stage?.index);
  if (explicit?.length === 0) return (path) => destinations.has(path);
  const named = explicit === undefined ? builder.snapshot.artifactPaths : explicit.map(({ path }) => path);
  const roots = new Set<string>();
  for (const source of named) {
    for (const path of rootsOf(source, image)) {
      const found = realPathOf(image.view, path);
      roots.add(found.status === "found" ? found.path : path);
    }
  }
  return (path) => isUnder(path, roots);
}

/** /etc/ld.so.preload of the runtime stage: what a COPY brings last lies over the base's. */
function preloadText(builders: readonly BuilderScene[], base: LookedAtImage | null): string {
  const path = "/etc/ld.so.preload";
  for (const { image, placed } of builders.toReversed()) {
    const copied = placed.findLast(({ to, type }) => to === path && type === "file");
    if (copied !== undefined) return textOfFile(image, copied.from) ?? "";
  }
  return base === null ? "" : (textOfFile(base, path) ?? "");
}

/** The environment of the runtime stage, as far as it is known. */
export function environmentOf(plan: BuildPlan | null, baseEnv: readonly string[]): ReadonlyMap<string, string> {
  const own = Object.fromEntries(baseEnv.map(splitVariable));
  const values = plan === null ? new Map<string, string | null>(Object.entries(own)) : runtimeEnv(plan, own);
  return new Map([...values].flatMap(([name, value]) => (value === null ? [] : [[name, value] as const])));
}

function splitVariable(text: string): [string, string] {
  const equals = text.indexOf("=");
  return equals < 0 ? [text, ""] : [text.slice(0, equals), text.slice(equals + 1)];
}

/** The folders of PATH; Docker's own default where nothing sets it. */
export function pathFoldersOf(environment: ReadonlyMap<string, string>): string[] {
  const path = environment.get("PATH") ?? DEFAULT_PATH;
  return path.split(":").filter((folder) => folder.startsWith("/"));
}

/** Whether packages can be installed: dpkg knows some, and apt-get is there or nobody looked for it. */
function hasApt(base: LookedAtImage): boolean {
  return base.snapshot.dpkg !== null && realPathOf(base.view, APT).status !== "absent";
}

function sameRelease(a: LookedAtImage, b: LookedAtImage): boolean {
  const [one, other] = [releaseOf(a.snapshot), releaseOf(b.snapshot)];
  return (
    one === null ||
    other === null ||
    (one.id === other.id && one.versionId === other.versionId && one.codename === other.codename)
  );
}

/** Where nothing is known of the base, its top-level links are those of the builder: /usr is merged there as here. */
function linksOnly(image: LookedAtImage | undefined): FileSystemView {
  if (image === undefined) return emptyView;
  const files = image.snapshot.files.filter(({ path, type }) => type === "symlink" && path.lastIndexOf("/") === 0);
  // With what they lead to: a link into nothing would be replaced by the first file that is put below it.
  const folders = files.flatMap(({ path }): FileFact[] => {
    const target = realPathOf(image.view, path);
    if (target.status !== "found" || target.entry?.type !== "directory") return [];
    return [{ path: target.path, type: "directory", mode: 0o755, uid: 0, gid: 0, size: 0 }];
  });
  const links = snapshotView({ files: [...files, ...folders], listed: ["/"] }, "base");
  return {
    lstat: (path) => {
      const seen = links.lstat(path);
      return seen === "unknown" ? "absent" : seen;
    },
    list: (path) => links.list(path) ?? [],
  };
}
