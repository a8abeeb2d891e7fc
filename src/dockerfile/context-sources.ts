import { joinPath, pathInWorkdir, withoutSlash } from "../base/paths.ts";
import type { BuildPlan, CopyInstruction } from "./plan.ts";

/** What a source of COPY in the build context holds, as far as scripts go. */
export interface ContextSource {
  /** The shell scripts, by their paths in the context. */
  readonly scripts: Readonly<Record<string, string>>;
  /** The names of libraries in other texts, by the paths of these in the context. */
  readonly libraries?: Readonly<Record<string, readonly string[]>>;
  /** There is something else too, or more than was read. */
  readonly others: boolean;
}

/** By path in the context, without a slash in front. */
export type ContextSources = Readonly<Record<string, ContextSource>>;

/** The COPY and ADD instructions of the runtime stage, and of the stages that it begins with. */
export function runtimeCopies(plan: BuildPlan): CopyInstruction[] {
  const copies: CopyInstruction[] = [];
  let stage = plan.runtime;
  for (let depth = plan.stages.length; depth > 0 && stage !== null; depth -= 1) {
    copies.push(...stage.instructions.filter((one) => one.kind === "copy"));
    stage = stage.parent === null ? null : (plan.stages[stage.parent] ?? null);
  }
  return copies;
}

/** The path in the context that a source names; null where it is a pattern, a URL or not known. */
export function contextPath(source: string | null): string | null {
  if (source === null || /[*?[\\]|^[a-z]+:\/\/|^git@/.test(source)) return null;
  return withoutSlash(pathInWorkdir("/", joinPath("/", source))).slice(1);
}
