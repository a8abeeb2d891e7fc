import { pathInWorkdir } from "../base/paths.ts";
import type { BuildPlan, Instruction } from "../dockerfile/plan.ts";
import { stageChain } from "../dockerfile/select.ts";

/**
 * Where the runtime stage has the scripts that its CMD, ENTRYPOINT and HEALTHCHECK name: they are run by an interpreter, so
 * they need no `#!` line. `baseWorkdir` is the WORKDIR of the base image.
 */
export function startedScripts(plan: BuildPlan | null, baseWorkdir: string): ReadonlySet<string> {
  if (plan?.runtime == null) return new Set();
  const instructions = stageChain(plan.stages, plan.runtime).flatMap((stage) => stage.instructions);
  const folder = workdirOf(instructions, baseWorkdir);
  const words = instructions.flatMap((one) => (one.kind === "command" ? one.scripts : []));
  return new Set(
    words.flatMap((word) => (folder === null && !word.startsWith("/") ? [] : pathInWorkdir(folder ?? "/", word))),
  );
}

/** The WORKDIR at the end of some instructions on a base image with another; null where it is not known. */
export function workdirOf(instructions: readonly Instruction[], baseWorkdir: string): string | null {
  const last = instructions.findLast((one) => one.kind === "workdir");
  return last === undefined ? baseWorkdir || "/" : last.path;
}
