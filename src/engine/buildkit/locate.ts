import type { ParsedInstruction } from "../../dockerfile/parse.ts";
import { instructionsOf, nameOfStage } from "./instructions.ts";

/** A step's name, taken apart: `[linux/amd64 builder 2/5] RUN make`. */
export interface StepName {
  readonly stage: string | null;
  readonly index: number;
  readonly total: number;
  readonly instruction: string;
}

export function parseStepName(name: string): StepName | null {
  const match = /^\[(?:([^\]]*?)\s+)?(\d+)\/(\d+)\]\s+(.*)$/s.exec(name);
  if (match === null) return null;
  const [, before = "", index, total, instruction = ""] = match;
  const words = before.split(" ").filter((word) => word !== "" && !/^[a-z0-9]+\/[a-z0-9]+/.test(word));
  return { stage: words.at(-1) ?? null, index: Number(index), total: Number(total), instruction };
}

/**
 * The line of a step in the Dockerfile. Engines before 23.0 do not tell it; variables are expanded in a step's name, so
 * the text cannot be searched for. What can be counted: which of a stage's steps it is. Counted from the end, as ONBUILD
 * of the base image puts steps in front (moby/buildkit frontend/dockerfile/dockerfile2llb, prefixCommand).
 */
export function lineOfStep(dockerfile: string, stepName: string): number | null {
  const step = parseStepName(stepName);
  if (step === null) return null;
  const stage = findStage(stages(instructionsOf(dockerfile)), step.stage);
  if (stage === undefined) return null;
  const counted = stage.filter(({ keyword }) => COUNTED.has(keyword));
  const found = counted[counted.length - 1 - (step.total - step.index)];
  const keyword = step.instruction.split(/\s/, 1)[0]?.toUpperCase();
  return found !== undefined && found.keyword === keyword ? found.line : null;
}

/** The instructions that become a numbered step. */
const COUNTED = new Set(["FROM", "RUN", "COPY", "ADD", "WORKDIR"]);

/**
 * The line of the step that Podman calls `[STAGE/…] STEP INDEX/…: INSTRUCTION`, both counted from 1. It counts every
 * instruction, FROM the first, and adds some of its own at the end (containers/buildah imagebuildah/stage_executor.go).
 */
export function lineOfPodmanStep(dockerfile: string, stage: number, index: number, keyword: string): number | null {
  const found = stages(instructionsOf(dockerfile))[stage - 1]?.[index - 1];
  return found?.keyword === keyword.toUpperCase() ? found.line : null;
}

type Stage = readonly ParsedInstruction[];

function stages(all: readonly ParsedInstruction[]): readonly Stage[] {
  const starts = all.flatMap(({ keyword }, at) => (keyword === "FROM" ? [at] : []));
  return starts.map((start, number) => all.slice(start, starts[number + 1]));
}

/** A stage by its name; one without a name is called `stage-N`, and a lone one has none. */
function findStage(all: readonly Stage[], name: string | null): Stage | undefined {
  if (name === null) return all.length === 1 ? all[0] : undefined;
  // The last one wins, as it does for COPY --from.
  const named = all.findLast(([from]) => nameOfStage(from)?.toLowerCase() === name);
  const number = /^stage-(\d+)$/.exec(name)?.[1];
  return named ?? (number === undefined ? undefined : all[Number(number)]);
}
