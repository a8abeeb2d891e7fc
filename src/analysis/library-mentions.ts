import { type ContextSources, contextPath, runtimeCopies } from "../dockerfile/context-sources.ts";
import type { BuildPlan } from "../dockerfile/plan.ts";
import { librariesInText } from "../snapshot/library-names.ts";
import type { BuilderScene } from "./scene.ts";

/** The names of libraries in a text of the runtime stage. */
export interface TextNames {
  /** Where the text is: in the builder, in the build context; of a here-document where it goes. */
  readonly path: string;
  /** Names and paths of libraries and modules, without a version where the text gives none (`libpq.so`). */
  readonly names: readonly string[];
}

/** The texts among the artifacts, and those that the runtime stage copies from the build context, that name libraries. */
export function textNames(
  plan: BuildPlan | null,
  sources: ContextSources,
  builders: readonly Pick<BuilderScene, "texts">[],
): readonly TextNames[] {
  const inBuilder = builders.flatMap(({ texts }) =>
    texts.map(({ path, sonameStrings }) => ({ path, names: sonameStrings ?? [] })),
  );
  const copies = plan === null ? [] : runtimeCopies(plan).filter(({ from }) => from === null);
  const copied = copies.flatMap((copy) => {
    const inline = copy.inline.map((text) => ({
      path: copy.destination ?? "a here-document",
      names: librariesInText(text),
    }));
    return [...copy.sources.flatMap((source) => namesOfSource(source, sources)), ...inline];
  });
  return [...inBuilder, ...copied].filter(({ names }) => names.length > 0);
}

function namesOfSource(source: string | null, sources: ContextSources): readonly TextNames[] {
  const path = contextPath(source);
  const found = path !== null && Object.hasOwn(sources, path) ? sources[path] : undefined;
  if (found === undefined) return [];
  return [
    ...Object.entries(found.scripts).map(([file, text]) => ({ path: file, names: librariesInText(text) })),
    ...Object.entries(found.libraries ?? {}).map(([file, names]) => ({ path: file, names })),
  ];
}
