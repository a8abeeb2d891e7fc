import { remembered } from "../base/remembered.ts";
import { compareVersions } from "../debian/version.ts";
import { parseKey } from "../debian/words.ts";
import { realPathOf } from "../snapshot/path.ts";
import type { FileSystemView } from "../snapshot/view.ts";
import type { ArtifactFile } from "./artifact-files.ts";
import type { Destination } from "./destination.ts";
import { interpreterOfModule, wholeInterpreter } from "./python-modules.ts";
import type { ResolvedScene } from "./resolved.ts";
import type { BuilderScene, Scene } from "./scene.ts";
import { layerOf } from "./scene.ts";

/** What a script asks for, and where it is. */
export interface InterpreterNeed {
  readonly builder: BuilderScene;
  readonly file: ArtifactFile;
  readonly path: string;
  /** The interpreter's path, or the program that `env` looks up. */
  readonly name: string;
  readonly status: "base" | "artifact" | "package" | "unowned" | "missing" | "unknown";
  /** Where the runtime stage has it, or the builder. */
  readonly found: string | null;
  /** For status `package`: the key of the package that brings it to the runtime stage. */
  readonly package: string | null;
  /** The key of the builder's package that has it, or null. */
  readonly builderPackage: string | null;
  /** Where it is missing: packages of the release that have it. */
  readonly knownIn?: readonly string[];
}

/**
 * The interpreters of the scripts among the artifacts. A script without an execute bit is no program: whoever runs it
 * names the interpreter himself (rpm's and melange's scanners go by the same rule).
 */
export function interpreterNeeds(
  builder: BuilderScene,
  there: Destination,
  pathFolders: readonly string[],
  scene: Scene,
): InterpreterNeed[] {
  const modes = modesGiven(builder);
  const findOnce = remembered((name) => find(name, builder, there.view, pathFolders, scene));
  return builder.files.flatMap((file) => {
    if (file.shebang === null || !isExecutable(file, modes)) return [];
    const paths = builder.destinations.get(file.fact.path) ?? [file.fact.path];
    const names = [file.shebang.interpreter, ...(file.shebang.looksUp === null ? [] : [file.shebang.looksUp])];
    return paths.flatMap((path) => names.map((name) => ({ builder, file, path, name, ...findOnce(name) })));
  });
}

/**
 * The interpreters of CPython's extension modules among the artifacts. Only an interpreter that is there, or that a
 * package brings, counts: which other program loads a module cannot be known. Where a program among the artifacts has
 * libpython itself, that is who loads them.
 */
export function moduleNeeds({ artifacts, destination: there, scene }: ResolvedScene, pathFolders: readonly string[]) {
  const hosted = artifacts.some(
    ({ file, resolution }) =>
      file.kind === "executable" && resolution.libraries.some(({ soname }) => soname.startsWith("libpython3")),
  );
  if (hosted) return [];
  return artifacts.flatMap(({ builder, file, path }): InterpreterNeed[] => {
    const name = file.kind === "shared-object" ? interpreterOfModule(file.fact.path, builder) : null;
    if (name === null) return [];
    const need = { builder, file, path, name, ...find(name, builder, there.view, pathFolders, scene) };
    const misread = need.builderPackage !== null && scene.misread(parseKey(need.builderPackage).name) !== null;
    return need.status === "base" || need.status === "package" || misread ? [need] : [];
  });
}

/** The --chmod of the first COPY of each file. */
function modesGiven({ placed }: BuilderScene): ReadonlyMap<string, string | null> {
  return new Map(placed.toReversed().map(({ from, mapping }) => [from, mapping.chmod ?? null]));
}

function isExecutable(file: ArtifactFile, modes: ReadonlyMap<string, string | null>): boolean {
  const chmod = modes.get(file.fact.path) ?? null;
  const mode = chmod === null || !/^[0-7]+$/.test(chmod) ? file.fact.mode : Number.parseInt(chmod, 8);
  return (mode & 0o111) !== 0 || (chmod !== null && /[+=][rws]*x/.test(chmod));
}

type Found = Pick<InterpreterNeed, "status" | "found" | "package" | "builderPackage">;

function find(
  name: string,
  builder: BuilderScene,
  view: FileSystemView,
  pathFolders: readonly string[],
  scene: Scene,
): Found {
  const candidates = name.includes("/") ? [name] : pathFolders.map((folder) => `${folder}/${name}`);
  let unknown = false;
  for (const path of candidates) {
    const there = realPathOf(view, path);
    if (there.status === "found" && there.entry?.type === "file") {
      const { kind } = layerOf(there.entry);
      return { status: kind === "artifact" ? "artifact" : "base", found: path, package: null, builderPackage: null };
    }
    unknown ||= there.status === "unknown";
  }
  for (const path of candidates) {
    const real = realPathOf(builder.image.view, path);
    if (real.status !== "found" || real.entry?.type !== "file") continue;
    const owner = builder.image.ownerOf(path);
    if (owner.package !== null) return fromPackage(path, owner.package, builder, scene);
    return { status: "unowned", found: path, package: null, builderPackage: null };
  }
  return { status: unknown ? "unknown" : "missing", found: null, package: null, builderPackage: null };
}

/** Names of packages do not carry over to another release, and no table of ours knows programs: only apt can tell. */
function fromPackage(path: string, owner: string, builder: BuilderScene, scene: Scene): Found {
  const { archive, copyOnly } = scene;
  if (copyOnly || isStrippedOf(owner, builder, scene))
    return { status: "missing", found: path, package: null, builderPackage: owner };
  if (!builder.crossRelease) {
    const whole = wholeInterpreter(owner, builder);
    if (scene.misread(parseKey(whole).name) !== null)
      return { status: "missing", found: path, package: null, builderPackage: whole };
    return { status: "package", found: path, package: whole, builderPackage: whole };
  }
  const there = archive?.program(path) ?? null;
  if (there !== null) return { status: "package", found: path, package: there.package, builderPackage: owner };
  return { status: archive === null ? "unknown" : "missing", found: path, package: null, builderPackage: owner };
}

/** The base has the builder's package, and as new, yet its file is not there: apt would do nothing. */
export function isStrippedOf(key: string, { crossRelease, image }: BuilderScene, { base }: Scene): boolean {
  const there = base?.installed.set.all.get(key)?.version;
  const here = image.installed.set.all.get(key)?.version;
  return !crossRelease && there !== undefined && here !== undefined && compareVersions(there, here) >= 0;
}
