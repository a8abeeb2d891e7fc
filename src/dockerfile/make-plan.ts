import { type ArtifactWish, explicitMapping, parseArtifact, reaches } from "./artifacts.ts";
import { variableStep } from "./instructions.ts";
import { ownMappings } from "./mappings.ts";
import type { ParsedDockerfile } from "./parse.ts";
import type { ArtifactRoot, BuildPlan, CopyMapping, NotLookedAt, Stage } from "./plan.ts";
import type { Platform } from "./platform.ts";
import { type BaseEnv, globalScope } from "./scope.ts";
import { chooseRuntime, dependsOn, findStage, targetStage } from "./select.ts";
import type { ContextFile } from "./stage-state.ts";
import { type BaseConfigOf, readStages, replayVariables } from "./stages.ts";

/** What the command line says about stages and artifacts. */
export interface PlanOptions {
  /** `--target`, or null. */
  readonly target?: string | null;
  /** `--runtime`: `none`, a stage's name or number, else an image; or null. */
  readonly runtime?: string | null;
  readonly buildArgs?: Readonly<Record<string, string>>;
  /** The platform that is built for; null where it is not known. */
  readonly platform?: Platform | null;
  /** The platform that the build runs on, the same where it is not given. */
  readonly buildPlatform?: Platform | null;
  /** `--artifacts`: `SRC` or `SRC:DEST`, any number of them. */
  readonly artifacts?: readonly string[];
  /** The configuration of a base image, where it is at hand. */
  readonly baseConfigOf?: BaseConfigOf;
  /** The files of the build context that hold lists of packages, where they are at hand. */
  readonly contextFile?: ContextFile;
}

/**
 * Works out what is built, what is looked at in it and where it goes in the runtime stage.
 *
 * @throws MsbDepsError `stage-missing`, `dockerfile-syntax`, `usage`
 */
export function makePlan(parsed: ParsedDockerfile, options: PlanOptions = {}): BuildPlan {
  const platform = options.platform ?? null;
  const global = globalScope(
    parsed.instructions
      .slice(
        0,
        parsed.instructions.findIndex((instruction) => instruction.keyword === "FROM"),
      )
      .map((instruction) => variableStep(instruction, parsed.escape)),
    {
      escape: parsed.escape,
      buildArgs: options.buildArgs ?? {},
      platform,
      buildPlatform: options.buildPlatform ?? platform,
    },
  );
  const stages = readStages(parsed, global, options.baseConfigOf ?? (() => null), options.contextFile ?? (() => null));
  const target = options.target == null ? null : targetStage(stages, options.target);
  const runtime = chooseRuntime(stages, options.runtime ?? null, target);
  const wishes = (options.artifacts ?? []).map(parseArtifact);
  const own = runtime.shape === null ? { mappings: [], notLookedAt: [] } : ownMappings(stages, runtime.shape);
  const builders = chooseBuilders(stages, target, own.mappings, wishes.length > 0);
  const looked = new Set(builders.map((stage) => stage.index));
  const copies = own.mappings.filter((mapping) => looked.has(mapping.stage));
  const skipped = own.mappings.filter((mapping) => !looked.has(mapping.stage));
  const { mappings, roots } = chooseArtifacts(wishes, copies, builders);
  return {
    stages,
    runtime: runtime.stage,
    passedOver: runtime.passedOver,
    runtimeImage: runtime.image,
    builders,
    artifacts: roots,
    copies: [...copies, ...mappings],
    notLookedAt: sortByLine([...own.notLookedAt, ...otherStages(stages, skipped)]),
    global,
  };
}

/**
 * The stages to look at: the target; else the stage named `builder` and the hop stages that stand between it and the
 * runtime stage and could not be traced; else every stage that the runtime stage copies from; else the last stage.
 */
function chooseBuilders(
  stages: readonly Stage[],
  target: Stage | null,
  mappings: readonly CopyMapping[],
  explicit: boolean,
): Stage[] {
  const feeding = stages.filter((stage) => mappings.some((mapping) => mapping.stage === stage.index));
  const main = target ?? findStage(stages, "builder");
  if (main !== null) {
    const related = feeding.filter((stage) => dependsOn(stages, stage, main.index));
    if (related.length === 0 && target === null && !explicit && feeding.length > 0) return feeding;
    return stages.filter((stage) => stage === main || related.includes(stage));
  }
  if (feeding.length > 0) return feeding;
  const last = stages.at(-1);
  return last === undefined ? [] : [last];
}

/** The artifacts of the command line with their mappings, or all that the runtime stage copies. */
function chooseArtifacts(
  wishes: readonly ArtifactWish[],
  copies: readonly CopyMapping[],
  builders: readonly Stage[],
): { mappings: CopyMapping[]; roots: ArtifactRoot[] } {
  if (wishes.length === 0) {
    return {
      mappings: [],
      roots: distinct(copies.map(({ stage, source }) => ({ stage, path: source, explicit: false }))),
    };
  }
  const mappings: CopyMapping[] = [];
  const roots: ArtifactRoot[] = [];
  for (const wish of wishes) {
    const known = builders.filter((stage) =>
      copies.some((mapping) => mapping.stage === stage.index && reaches(mapping, wish.source)),
    );
    const places = known.length > 0 ? known : builders.slice(0, 1);
    for (const { index } of places) {
      roots.push({ stage: index, path: wish.source, explicit: true });
      if (wish.destination !== null || known.length === 0) mappings.push(explicitMapping(index, wish));
    }
  }
  return { mappings, roots: distinct(roots) };
}

function distinct(roots: readonly ArtifactRoot[]): ArtifactRoot[] {
  const found = new Map<string, ArtifactRoot>();
  for (const root of roots) {
    const key = `${root.stage} ${root.path}`;
    if (!found.has(key)) found.set(key, root);
  }
  return [...found.values()];
}

function otherStages(stages: readonly Stage[], skipped: readonly CopyMapping[]): NotLookedAt[] {
  const found = new Map<string, NotLookedAt>();
  for (const { stage, line } of skipped) {
    const from = stages[stage]?.name ?? String(stage);
    found.set(`${from} ${line}`, { from, line, reason: "other-stage" });
  }
  return [...found.values()];
}

function sortByLine(list: readonly NotLookedAt[]): NotLookedAt[] {
  return [...list].sort((a, b) => a.line - b.line);
}

/**
 * The environment that programs of the runtime stage start with: ENV of the stage and the stages below it on top of
 * the base image's. Null is a variable whose value is not known; without `baseEnv` only what the file sets is there.
 */
export function runtimeEnv(plan: BuildPlan, baseEnv: BaseEnv): ReadonlyMap<string, string | null> {
  if (plan.runtime === null) return new Map(Object.entries(baseEnv ?? {}));
  return replayVariables(plan.stages, plan.runtime, plan.global, baseEnv).image().values;
}
