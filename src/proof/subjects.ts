import type { Examination } from "../analysis/analyze.ts";
import type { ArtifactFile } from "../analysis/artifact-files.ts";
import { pathInWorkdir } from "../base/paths.ts";
import type { ImageConfig } from "../engine/engine.ts";
import type { Exempt } from "./model.ts";

/** A file of the runtime image that the proof is about. */
export interface Subject {
  readonly path: string;
  /**
   * For a member of an archive: where it is if the archive is in the image, for nobody but our rules; empty for what is
   * only mounted. Null for a file that has to be at its path.
   */
  readonly inArchive: readonly string[] | null;
  readonly file: ArtifactFile;
}

/** A program that has to be in the runtime image: the interpreter of one of its files, or what its container starts. */
export interface ProgramSubject {
  readonly kind: "interpreter" | "command";
  /** The file with that interpreter; for a command what calls it, as in a reason of that kind. */
  readonly path: string;
  /** As it is asked for: a path, or a name to be looked up. */
  readonly name: string;
  /** The paths of which one will do. */
  readonly candidates: readonly string[];
}

/** What a proof asks about: every artifact at every place that a COPY gives it. */
export interface Subjects {
  readonly files: readonly Subject[];
  readonly programs: readonly ProgramSubject[];
  /** Archives of which not everything was read. */
  readonly unread: readonly string[];
  /** The image was built without instructions that could have made files: a command that is not there proves nothing. */
  readonly filesMayLack: boolean;
  /**
   * What the loader does not find for a file alone, and need not; `unproved` if the file is a plugin that perhaps nothing
   * opens.
   */
  readonly exemption: (path: string, name: string) => Exempt["reason"] | "unproved" | null;
}

/**
 * The program that a container of an image starts, or null if the image names none: the first word of ENTRYPOINT and CMD
 * together, a path from the working directory or a name in PATH (OCI image configuration, execvp(3)). What a shell or a
 * wrapper like tini starts in turn is not known for certain.
 *
 * @param pathFolders the folders of PATH in the image
 */
export function startSubject(
  { entrypoint, cmd, workingDir }: Pick<ImageConfig, "entrypoint" | "cmd" | "workingDir">,
  pathFolders: readonly string[],
): ProgramSubject | null {
  const name = entrypoint[0] ?? cmd[0] ?? "";
  if (name === "") return null;
  const path = entrypoint.length > 0 ? "ENTRYPOINT" : "CMD";
  const asked = name.includes("/") ? pathInWorkdir(workingDir || "/", name) : name;
  return { kind: "command", path, name, candidates: asked === null ? [] : candidatesOf(asked, pathFolders) };
}

/** The paths that a program may have: itself if it is a path, else one in each folder of PATH. */
function candidatesOf(name: string, pathFolders: readonly string[]): string[] {
  return name.includes("/") ? [name] : pathFolders.map((folder) => `${folder}/${name}`);
}

/**
 * The subjects of an analysis.
 *
 * @param pathFolders the folders of PATH in the runtime image
 */
export function subjectsOf(
  { scene, needs, interpreters, commands }: Examination,
  pathFolders: readonly string[],
  isHostProvided: (soname: string) => boolean,
): Subjects {
  const files = scene.builders.flatMap(({ files: own, destinations, placed }) => {
    const mounted = new Set(placed.flatMap(({ to, mapping }) => (mapping.mounted === true ? [to] : [])));
    return own.flatMap((file) => {
      const { path: member, inside } = file.fact;
      const archives = inside === undefined ? null : (destinations.get(inside) ?? []);
      const inArchive = archives?.map((archive) => `${archive}!${member.slice((inside?.length ?? 0) + 1)}`) ?? null;
      return (destinations.get(member) ?? []).map((path) => ({
        path,
        inArchive: inArchive ?? (mounted.has(path) ? [] : null),
        file,
      }));
    });
  });
  const named = files.flatMap(({ path, file }): ProgramSubject[] => {
    const interpreter = file.kind === "executable" || file.kind === "static" ? (file.facts?.interpreter ?? null) : null;
    return interpreter === null ? [] : [{ kind: "interpreter", path, name: interpreter, candidates: [interpreter] }];
  });
  const asked = interpreters.map(
    ({ path, name }): ProgramSubject => ({
      kind: "interpreter",
      path,
      name,
      candidates: candidatesOf(name, pathFolders),
    }),
  );
  const called = commands
    .filter(({ status, call }) => status === "package" || call.certainty === "runs")
    .map(
      ({ call: { calledBy, program }, candidates }): ProgramSubject => ({
        ...{ kind: "command", path: calledBy, name: program, candidates },
      }),
    );
  const plugins = new Map(
    needs.flatMap(({ artifact, result, byHost, plugin }) => {
      const reason = byHost ? ("plugin" as const) : plugin;
      return reason === null ? [] : [[`${artifact.path}\0${result.soname}`, reason] as const];
    }),
  );
  return {
    files,
    programs: [...named, ...asked, ...called],
    unread: scene.builders.flatMap(({ archives, destinations }) =>
      archives.flatMap(({ fact, archive: { failure, nested } }) =>
        failure === null && nested.length === 0 ? [] : (destinations.get(fact.path) ?? [fact.path]),
      ),
    ),
    filesMayLack: false,
    exemption: (path, name) => (isHostProvided(name) ? "host" : (plugins.get(`${path}\0${name}`) ?? null)),
  };
}
