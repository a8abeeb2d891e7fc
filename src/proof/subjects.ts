import type { Examination } from "../analysis/analyze.ts";
import type { ArtifactFile } from "../analysis/artifact-files.ts";

/** A file of the runtime image that the proof is about. */
export interface Subject {
  readonly path: string;
  readonly file: ArtifactFile;
}

/** An interpreter that a file of the runtime image asks for. */
export interface ProgramSubject {
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
  /** What the loader does not find for a file alone, and need not. */
  readonly exemption: (path: string, name: string) => "host" | "plugin" | null;
}

/**
 * The subjects of an analysis.
 *
 * @param pathFolders the folders of PATH in the runtime image
 */
export function subjectsOf(
  { scene, needs, interpreters }: Examination,
  pathFolders: readonly string[],
  isHostProvided: (soname: string) => boolean,
): Subjects {
  const files = scene.builders.flatMap(({ files: own, destinations }) =>
    own.flatMap((file) => (destinations.get(file.fact.path) ?? []).map((path) => ({ path, file }))),
  );
  const named = files.flatMap(({ path, file }): ProgramSubject[] => {
    const interpreter = file.kind === "executable" || file.kind === "static" ? (file.facts?.interpreter ?? null) : null;
    return interpreter === null ? [] : [{ path, name: interpreter, candidates: [interpreter] }];
  });
  const asked = interpreters.map(({ path, name }): ProgramSubject => {
    const candidates = name.includes("/") ? [name] : pathFolders.map((folder) => `${folder}/${name}`);
    return { path, name, candidates };
  });
  const plugins = new Set(
    needs.flatMap(({ artifact, result, byHost }) => (byHost ? [`${artifact.path}\0${result.soname}`] : [])),
  );
  return {
    files,
    programs: [...named, ...asked],
    exemption: (path, name) => (isHostProvided(name) ? "host" : plugins.has(`${path}\0${name}`) ? "plugin" : null),
  };
}
