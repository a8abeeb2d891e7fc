import { compareNames } from "../look/bytes.ts";
import type { Need } from "./library-status.ts";
import type { CopyNeed } from "./model.ts";
import type { Scene } from "./scene.ts";

/** The libraries that no package owns and that the runtime stage therefore has to copy, each with all that need it. */
export function copyNeeds(scene: Scene, needs: readonly Need[]): CopyNeed[] {
  const found = new Map<string, CopyNeed & { requiredBy: string[] }>();
  for (const { status, provided, artifact } of needs) {
    if (status !== "unowned" || provided === null) continue;
    const key = `${provided.builder}\0${provided.place}`;
    const known = found.get(key) ?? {
      stage: scene.builders[provided.builder]?.stage ?? null,
      soname: provided.soname,
      source: provided.source,
      realPath: provided.realSource,
      destination: provided.place,
      requiredBy: [],
    };
    found.set(key, known);
    if (!known.requiredBy.includes(artifact.file.fact.path)) known.requiredBy.push(artifact.file.fact.path);
  }
  const list = [...found.values()].map((item) => ({ ...item, requiredBy: item.requiredBy.sort(compareNames) }));
  return list.sort((a, b) => compareNames(a.destination, b.destination));
}
