import { MsbDepsError } from "../base/errors.ts";
import type { Stage } from "./plan.ts";

/** The stage of a name or number, or null. */
export function findStage(stages: readonly Stage[], name: string): Stage | null {
  if (/^\d{1,9}$/.test(name)) return stages[Number(name)] ?? null;
  // BuildKit keeps the last stage of a name.
  return stages.findLast((stage) => stage.name === name.toLowerCase()) ?? null;
}

/** The stage that `--target` names. */
export function targetStage(stages: readonly Stage[], name: string): Stage {
  const stage = findStage(stages, name);
  if (stage !== null) return stage;
  const known = stages.map(({ index, line, name: known }) => `${known ?? `stage ${index}`} (line ${line})`);
  throw new MsbDepsError("stage-missing", `the Dockerfile has no stage ${JSON.stringify(name)}.`, {
    tried: [`the stages of the file: ${known.join(", ")}`],
    hint: "Give one of these names, or its number, with --target.",
  });
}

/** What `--runtime` says: a stage, an image in place of the stage's base, nothing at all, or no word of it. */
export type RuntimeChoice = { readonly stage: Stage | null; readonly image: string | null };

/**
 * The runtime stage: the last one of the file, unless that is the target. An image in its place leaves the COPY
 * instructions of the last stage in force; they say where the artifacts go.
 */
export function chooseRuntime(
  stages: readonly Stage[],
  wish: string | null,
  target: Stage | null,
): RuntimeChoice & { readonly shape: Stage | null } {
  const last = stages.length > 1 ? (stages.at(-1) ?? null) : null;
  const usual = last === null || last.index === (target ?? findStage(stages, "builder"))?.index ? null : last;
  if (wish === null) return { stage: usual, image: null, shape: usual };
  if (wish === "none") return { stage: null, image: null, shape: usual };
  const stage = findStage(stages, wish);
  if (stage !== null) return { stage, image: null, shape: stage };
  return { stage: null, image: wish, shape: usual };
}

/** Whether a stage gets files from another one, directly or over further stages. */
export function dependsOn(stages: readonly Stage[], stage: Stage, other: number, seen = new Set<number>()): boolean {
  if (stage.index === other) return true;
  if (seen.has(stage.index)) return false;
  seen.add(stage.index);
  const near = stage.instructions.flatMap((instruction) => {
    if (instruction.kind !== "copy" || instruction.from === null || !("stage" in instruction.from)) return [];
    return [instruction.from.stage];
  });
  if (stage.parent !== null) near.push(stage.parent);
  return near.some((index) => {
    const next = stages[index];
    return next !== undefined && dependsOn(stages, next, other, seen);
  });
}
