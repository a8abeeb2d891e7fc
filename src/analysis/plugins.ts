import { basename } from "../base/paths.ts";
import { isMeant, moduleName } from "../snapshot/library-names.ts";
import type { Knowledge } from "./knowledge.ts";
import type { ResolvedArtifact, ResolvedScene } from "./resolved.ts";

/**
 * What a missing library of a shared object means. `optional`: programs are known to go on without the file · `unproved`: no
 * program among the artifacts loads it by NEEDED and no text names it, so it may never be opened, or not be missed.
 */
export type PluginKind = "optional" | "unproved";

/** Tells which artifacts are plugins: shared objects that are loaded, if at all, by dlopen(3) or by what the base has. */
export function pluginTest(
  { artifacts, scene }: ResolvedScene,
  knowledge: Pick<Knowledge, "isOptionalPlugin">,
): (artifact: ResolvedArtifact) => PluginKind | null {
  const programs = artifacts.filter(({ file }) => file.kind === "executable");
  const loaded = new Set(programs.flatMap(({ resolution }) => resolution.objects.map(({ realPath }) => realPath)));
  const texts = scene.builders.flatMap((builder) => builder.texts);
  const imported = new Set(texts.flatMap(({ imports }) => imports ?? []));
  const named = new Set(texts.flatMap(({ sonameStrings }) => sonameStrings ?? []));
  return (artifact) => {
    const { fact, kind } = artifact.file;
    const { realPath = artifact.path } = artifact.resolution.objects[0] ?? {};
    if (kind !== "shared-object" || loaded.has(realPath)) return null;
    if (knowledge.isOptionalPlugin(basename(artifact.path))) return "optional";
    const module = moduleName(fact.path);
    if (module !== null && imported.has(module)) return null;
    return [...named].some((name) => isMeant(name, basename(artifact.path))) ? null : "unproved";
  };
}
