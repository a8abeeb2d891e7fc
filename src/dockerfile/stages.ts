import { flagValue } from "./flags.ts";
import { readInstruction } from "./instructions.ts";
import { syntaxError } from "./lines.ts";
import type { ParsedDockerfile, ParsedInstruction } from "./parse.ts";
import type { Instruction, Stage } from "./plan.ts";
import { type BaseEnv, expandGlobal, type GlobalScope, StageScope, type VariableStep } from "./scope.ts";
import { type ContextFile, StageState } from "./stage-state.ts";
import { splitPlain } from "./words.ts";

/** What is known of a base image without building: its ENV, and its WORKDIR ("" means `/`). */
export interface BaseConfig {
  readonly env: Readonly<Record<string, string>>;
  readonly workdir: string;
}

/** Asks for the configuration of a base image; null where it is not known (yet). */
export type BaseConfigOf = (image: string) => BaseConfig | null;

const SCRATCH: BaseConfig = { env: {}, workdir: "" };

interface Draft {
  readonly head: ParsedInstruction;
  readonly body: ParsedInstruction[];
}

/** Reads the stages of a file, each with its variables and folders as they are at every instruction. */
export function readStages(
  parsed: ParsedDockerfile,
  global: GlobalScope,
  baseConfigOf: BaseConfigOf,
  contextFile: ContextFile,
): Stage[] {
  const drafts: Draft[] = [];
  for (const instruction of parsed.instructions) {
    if (instruction.keyword === "FROM") drafts.push({ head: instruction, body: [] });
    else drafts.at(-1)?.body.push(instruction);
  }
  const names = drafts.map((draft) => stageName(draft.head));
  const stages: Stage[] = [];
  const states: StageState[] = [];
  for (const draft of drafts) {
    const { stage, state } = readStage(draft, { parsed, global, baseConfigOf, contextFile, names, stages, states });
    stages.push(stage);
    states.push(state);
  }
  return stages;
}

interface Context {
  readonly parsed: ParsedDockerfile;
  readonly global: GlobalScope;
  readonly baseConfigOf: BaseConfigOf;
  readonly contextFile: ContextFile;
  readonly names: readonly (string | null)[];
  readonly stages: readonly Stage[];
  readonly states: readonly StageState[];
}

function readStage({ head, body }: Draft, context: Context): { stage: Stage; state: StageState } {
  const { global, parsed, names, stages } = context;
  const index = stages.length;
  const words = splitPlain(head.args.text);
  const fromText = words[0] ?? "";
  const from = expandGlobal(fromText, global) || null;
  // A later stage of the same name hides an earlier one.
  const parent = from === null ? -1 : names.slice(0, index).lastIndexOf(from.toLowerCase());
  const parentState = context.states[parent];
  const base = baseOf(from, context.baseConfigOf);
  const scope =
    parentState === undefined
      ? StageScope.onImage(global, base?.env ?? null)
      : StageScope.onStage(global, parentState.scope);
  const state = new StageState({
    parsed,
    names,
    index,
    scope,
    parent: parentState ?? null,
    workdir: base?.workdir ?? null,
    contextFile: context.contextFile,
  });
  const triggers = parentState?.triggers ?? [];
  const instructions = [...triggers, ...body].map((instruction): Instruction => readInstruction(instruction, state));
  const platform = flagValue(head.flags, "platform");
  const stage: Stage = {
    index,
    name: names[index] ?? null,
    from,
    fromText,
    parent: parent === -1 ? null : parent,
    platform: typeof platform === "string" ? expandGlobal(platform, global) : null,
    line: head.line,
    endLine: body.at(-1)?.endLine ?? head.endLine,
    instructions,
    variables: state.variables,
  };
  return { stage, state };
}

function baseOf(from: string | null, baseConfigOf: BaseConfigOf): BaseConfig | null {
  if (from === null) return null;
  return from === "scratch" ? SCRATCH : baseConfigOf(from);
}

/** The name behind AS (instructions/parse.go, parseBuildStageName). */
function stageName(head: ParsedInstruction): string | null {
  const words = splitPlain(head.args.text);
  if (words.length === 1) return null;
  const name = words[2]?.toLowerCase();
  if (words.length !== 3 || words[1]?.toLowerCase() !== "as" || name === undefined) {
    throw syntaxError(head.line, "FROM takes one argument, or three: IMAGE AS NAME", head.args.text);
  }
  if (!/^[a-z][a-z0-9-_.]*$/.test(name))
    throw syntaxError(head.line, `${JSON.stringify(words[2])} is not a valid stage name`);
  return name;
}

/** Applies the variables of a stage and its parents anew, with a base image that is known by now. */
export function replayVariables(
  stages: readonly Stage[],
  stage: Stage,
  global: GlobalScope,
  base: BaseEnv,
): StageScope {
  const parent = stage.parent === null ? undefined : stages[stage.parent];
  const scope =
    parent === undefined
      ? StageScope.onImage(global, stage.from === "scratch" ? SCRATCH.env : base)
      : StageScope.onStage(global, replayVariables(stages, parent, global, base));
  for (const step of stage.variables) scope.apply(step satisfies VariableStep);
  return scope;
}
