import type { Examination } from "../../analysis/analyze.ts";

/** The artifact that a program of a run is, by the path or name that it has there; else the program as it stands. */
export type ArtifactFinder = (program: string) => string;

/** @param pathFolders where a program that was called by its name is found */
export function artifactFinder({ scene }: Examination, pathFolders: readonly string[]): ArtifactFinder {
  const artifactAt = new Map(
    scene.builders.flatMap(({ destinations }) =>
      [...destinations].flatMap(([from, places]) => places.map((place) => [place, from] as const)),
    ),
  );
  return (program) => {
    const places = program.includes("/") ? [program] : pathFolders.map((folder) => `${folder}/${program}`);
    return places.flatMap((place) => artifactAt.get(place) ?? [])[0] ?? program;
  };
}
