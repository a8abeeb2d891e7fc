import { basename, below, joinPath, pathInWorkdir, withoutSlash } from "../base/paths.ts";
import type { CopyInstruction } from "./plan.ts";

/** What happened to files in a stage, in order. */
export type Step =
  | { readonly kind: "copy"; readonly copy: CopyInstruction }
  | { readonly kind: "run"; readonly text: string }
  | { readonly kind: "mount"; readonly source: string; readonly target: string };

/**
 * The paths of the build context that a file of a stage may be, the likeliest first; none where something else may have
 * written it: a RUN that names it, a COPY from elsewhere, a pattern.
 */
export function contextPathsOf(path: string, steps: readonly Step[]): string[] {
  const name = basename(path);
  for (const step of steps.toReversed()) {
    if (step.kind === "run") {
      if (step.text.includes(name)) return [];
      continue;
    }
    const found = step.kind === "mount" ? mounted(path, step.source, step.target) : copied(path, step.copy);
    if (found !== null) return found;
  }
  return [];
}

/** Null: the step does not reach the path. */
function mounted(path: string, source: string, target: string): string[] | null {
  const rest = below(target, path);
  return rest === null ? null : [inContext(joinPath(source, rest))];
}

function copied(path: string, copy: CopyInstruction): string[] | null {
  const { destination, sources, from, keyword } = copy;
  if (destination === null) return [];
  const rest = below(destination, path);
  if (rest === null) return null;
  const odd = copy.parents || copy.exclude.length > 0 || keyword === "ADD" || from !== null || sources.length === 0;
  if (odd || sources.some((source) => source === null || /[*?[\\]/.test(source))) return [];
  const folder = copy.destinationFolder || sources.length > 1;
  return sources.toReversed().flatMap((source) => {
    const own = inContext(source ?? "");
    const named = folder && rest === basename(own) ? [own] : [];
    // A folder's contents go to the destination, a file alone becomes it.
    return [...named, inContext(joinPath(own, rest))];
  });
}

/** A path as the context has it, without a slash in front. */
function inContext(path: string): string {
  return withoutSlash(pathInWorkdir("/", path)).slice(1);
}
