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
    tried: [`stages in the file: ${known.join(", ")}`],
    hint: "Pass one of these names, or its number, to --target.",
  });
}

/** What `--runtime` says: a stage, an image in place of the stage's base, nothing at all, or no word of it. */
export interface RuntimeChoice {
  readonly stage: Stage | null;
  readonly image: string | null;
  /** The stage whose COPY instructions say where the artifacts go. */
  readonly shape: Stage | null;
  /** The last stage, if an earlier one was chosen because the last is usually not what ships. */
  readonly passedOver: Stage | null;
}

/**
 * The runtime stage: the last one that ships, unless that is the target. An image in its place leaves the COPY
 * instructions of that stage in force; they say where the artifacts go.
 */
export function chooseRuntime(stages: readonly Stage[], wish: string | null, target: Stage | null): RuntimeChoice {
  const builder = (target ?? findStage(stages, "builder"))?.index ?? null;
  const last = stages.length > 1 ? (stages.at(-1) ?? null) : null;
  const shipped = last === null ? null : shippedStage(stages, last, builder);
  const usual = shipped === null || shipped.index === builder ? null : shipped;
  const passedOver = usual === last ? null : last?.index === builder ? null : last;
  if (wish === null) return { stage: usual, image: null, shape: usual, passedOver };
  if (wish === "none") return { stage: null, image: null, shape: usual, passedOver: null };
  const stage = findStage(stages, wish);
  if (stage !== null) return { stage, image: null, shape: stage, passedOver: null };
  return { stage: null, image: wish, shape: usual, passedOver };
}

/** Words in the name of a stage that is built for something else than to be shipped. */
const ASIDE =
  /(?:^|[._-])(?:bench(?:mark)?s?|check|ci|coverage|debug|dev|devel|develop|development|devcontainer|docs?|documentation|e2e|export|fmt|format|lint|linter|test|tests|tester|testing|unittests?)(?:[._-]|$)/;
/** Names of stages that are shipped, even if they start nothing by themselves. */
const SHIPPED = /(?:^|[._-])(?:app|deploy|final|image|main|prod|production|release|runner|runtime|server)(?:[._-]|$)/;

/** Whether a stage is named as one for tests, development or the like. */
export function isAside({ name }: Stage): boolean {
  return name !== null && ASIDE.test(name);
}

/** Whether an image of the stage starts something: CMD or ENTRYPOINT, its own or of a stage below it. */
export function startsSomething(stages: readonly Stage[], stage: Stage): boolean {
  return stageChain(stages, stage).some(({ instructions }) =>
    instructions.some((one) => one.kind === "command" && one.keyword !== "HEALTHCHECK"),
  );
}

/** A stage and the stages that it begins with, the lowest first. */
export function stageChain(stages: readonly Stage[], stage: Stage): readonly Stage[] {
  const chain = [stage];
  for (let next = stage.parent; next !== null && chain.length <= stages.length; ) {
    const below = stages[next];
    if (below === undefined) break;
    chain.unshift(below);
    next = below.parent;
  }
  return chain;
}

/**
 * The last stage, unless it is one for tests or the like, or hands out files from scratch: then the last one before it that
 * starts something or is named as what is shipped, if there is one.
 */
function shippedStage(stages: readonly Stage[], last: Stage, builder: number | null): Stage {
  const isFiles = (stage: Stage): boolean =>
    stageChain(stages, stage)[0]?.from === "scratch" && !startsSomething(stages, stage);
  const isOther = (stage: Stage): boolean => isAside(stage) || isFiles(stage);
  if (!isOther(last)) return last;
  const ships = (stage: Stage): boolean =>
    startsSomething(stages, stage) || (stage.name !== null && SHIPPED.test(stage.name));
  const earlier = stages.slice(0, last.index).filter((stage) => stage.index !== builder && !isOther(stage));
  return earlier.findLast(ships) ?? last;
}

/** Whether a stage gets files from another one, directly or over further stages. */
export function dependsOn(stages: readonly Stage[], stage: Stage, other: number, seen = new Set<number>()): boolean {
  if (stage.index === other) return true;
  if (seen.has(stage.index)) return false;
  seen.add(stage.index);
  const near = stage.instructions.flatMap((instruction) => {
    if (instruction.kind === "run") return instruction.stageMounts.map(({ stage: mounted }) => mounted);
    if (instruction.kind !== "copy" || instruction.from === null || !("stage" in instruction.from)) return [];
    return [instruction.from.stage];
  });
  if (stage.parent !== null) near.push(stage.parent);
  return near.some((index) => {
    const next = stages[index];
    return next !== undefined && dependsOn(stages, next, other, seen);
  });
}
