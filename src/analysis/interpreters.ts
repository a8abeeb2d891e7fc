import { realPathOf } from "../loader/candidate.ts";
import type { FileSystemView } from "../loader/view.ts";
import type { ArtifactFile } from "./artifact-files.ts";
import type { BuilderScene, Destination } from "./scene.ts";
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
  /** For status `package`: the key of the builder's package. */
  readonly package: string | null;
}

/**
 * The interpreters of the scripts among the artifacts. A script without an execute bit is no program: whoever runs it
 * names the interpreter himself (rpm's and melange's scanners go by the same rule).
 */
export function interpreterNeeds(
  builder: BuilderScene,
  there: Destination,
  pathFolders: readonly string[],
): InterpreterNeed[] {
  return builder.files.flatMap((file) => {
    if (file.shebang === null || !isExecutable(file, builder)) return [];
    const paths = builder.destinations.get(file.fact.path) ?? [file.fact.path];
    const names = [file.shebang.interpreter, ...(file.shebang.looksUp === null ? [] : [file.shebang.looksUp])];
    return paths.flatMap((path) =>
      names.map((name) => ({ builder, file, path, name, ...find(name, builder, there.view, pathFolders) })),
    );
  });
}

function isExecutable(file: ArtifactFile, builder: BuilderScene): boolean {
  const chmod = builder.placed.find((placed) => placed.from === file.fact.path)?.mapping.chmod ?? null;
  const mode = chmod === null || !/^[0-7]+$/.test(chmod) ? file.fact.mode : Number.parseInt(chmod, 8);
  return (mode & 0o111) !== 0 || (chmod !== null && /[+=][rws]*x/.test(chmod));
}

type Found = Pick<InterpreterNeed, "status" | "found" | "package">;

function find(name: string, builder: BuilderScene, view: FileSystemView, pathFolders: readonly string[]): Found {
  const candidates = name.includes("/") ? [name] : pathFolders.map((folder) => `${folder}/${name}`);
  let unknown = false;
  for (const path of candidates) {
    const there = realPathOf(view, path);
    if (there.status === "found" && there.entry?.type === "file") {
      const { kind } = layerOf(there.entry);
      return { status: kind === "artifact" ? "artifact" : "base", found: path, package: null };
    }
    unknown ||= there.status === "unknown";
  }
  for (const path of candidates) {
    const real = realPathOf(builder.image.view, path);
    if (real.status !== "found" || real.entry?.type !== "file") continue;
    const owner = builder.image.ownerOf(path);
    if (owner.package !== null) return { status: "package", found: path, package: owner.package };
    return { status: "unowned", found: path, package: null };
  }
  return { status: unknown ? "unknown" : "missing", found: null, package: null };
}
