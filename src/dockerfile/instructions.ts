import { pathInWorkdir, withoutSlash } from "../base/paths.ts";
import type { Step } from "./context-paths.ts";
import { copyFrom, readCopy } from "./copy-instruction.ts";
import { syntaxError } from "./lines.ts";
import { type ParsedInstruction, placeOf } from "./parse.ts";
import type { CopyInstruction, Instruction, Place, RunInstruction } from "./plan.ts";
import { commandScripts, runFacts, startedCommand } from "./run-facts.ts";
import type { VariableStep } from "./scope.ts";
import type { StageState } from "./stage-state.ts";
import { declarations, keyValues } from "./words.ts";

/** Reads one instruction and moves the state of its stage on. */
export function readInstruction(instruction: ParsedInstruction, state: StageState): Instruction {
  const place = placeOf(instruction);
  const { args, keyword } = instruction;
  switch (keyword) {
    case "ARG":
    case "ENV":
      return readVariables(instruction, state, place);
    case "COPY":
    case "ADD":
      return noted(readCopy(instruction, keyword, state), state);
    case "RUN":
      return readRun(instruction, state, place);
    case "WORKDIR":
      return { kind: "workdir", ...place, path: moveTo(state, args.text) };
    case "USER":
      return { kind: "user", ...place, user: state.scope.expand(args.text) };
    case "CMD":
    case "ENTRYPOINT":
    case "HEALTHCHECK":
      return {
        ...{ kind: "command", ...place, keyword },
        ...startedCommand(instruction, state.shellContext),
        scripts: commandScripts(instruction),
      };
    case "SHELL":
      if (instruction.json === null) throw syntaxError(instruction.line, "SHELL takes a JSON array");
      state.shell = instruction.json;
      return { kind: "other", ...place, keyword };
    case "ONBUILD":
      if (instruction.trigger !== null) state.triggers.push(instruction.trigger);
      return { kind: "other", ...place, keyword };
    default:
      return { kind: "other", ...place, keyword };
  }
}

function readVariables(instruction: ParsedInstruction, state: StageState, place: Place): Instruction {
  const step = variableStep(instruction, state.parsed.escape);
  state.variables.push(step);
  const values = state.scope.apply(step);
  return { kind: step.kind, ...place, values };
}

/** The words of an ARG or ENV instruction. */
export function variableStep(instruction: ParsedInstruction, escapeChar: string): VariableStep {
  const { args, keyword, line } = instruction;
  if (keyword === "ARG") {
    const declared = declarations(args.text, escapeChar);
    if (declared.length === 0 || declared.some(([name]) => name === "")) throw syntaxError(line, "ARG needs a name");
    return { kind: "arg", declarations: declared };
  }
  const pairs = keyValues(args.text, escapeChar);
  if (pairs === null) throw syntaxError(line, "ENV takes NAME=VALUE pairs");
  return { kind: "env", pairs };
}

function moveTo(state: StageState, word: string): string | null {
  const path = state.scope.expand(word);
  if (path === null || (state.workdir === null && !path.startsWith("/"))) state.workdir = null;
  else {
    if (path.startsWith("/")) state.workdirAssumed = false;
    state.workdir = withoutSlash(pathInWorkdir(state.workdir ?? "/", path));
    state.addFolder(state.workdir);
  }
  return state.workdir;
}

function noted(copy: CopyInstruction, { steps }: StageState): CopyInstruction {
  steps.push({ kind: "copy", copy });
  return copy;
}

function readRun(instruction: ParsedInstruction, state: StageState, place: Place): RunInstruction {
  const mounts = instruction.flags
    .filter((flag) => flag.name === "mount")
    .map((flag) => (flag.value ?? "").split(",").map((option) => option.split(/=(.*)/s)));
  const optionOf = (names: readonly string[]) => (mount: string[][]) =>
    mount.flatMap(([name = "", value]) => (names.includes(name) && value !== undefined ? [value] : []));
  const before = state.steps.length;
  state.steps.push(...mounts.flatMap(bindMount));
  const facts = runFacts(instruction, state.shellContext);
  state.steps.splice(before, state.steps.length, {
    kind: "run",
    text: state.parsed.text.slice(instruction.start, instruction.end),
  });
  return {
    kind: "run",
    ...place,
    mountsFrom: mounts.flatMap(optionOf(["from"])),
    stageMounts: mounts.flatMap((mount) => stageMount(mount, state)),
    mountTargets: mounts.flatMap(optionOf(["target", "dst", "destination"])),
    ...facts,
  };
}

/** A bind mount of a path of an earlier stage; a whole stage is mounted for its tools. */
function stageMount(mount: readonly string[][], state: StageState): RunInstruction["stageMounts"] {
  const options = new Map(mount.map(([name = "", value = ""]) => [name, value]));
  const option = (...names: readonly string[]) => names.map((name) => options.get(name)).find((value) => value) ?? null;
  const [name, source, target] = [option("from"), option("source", "src"), option("target", "dst", "destination")];
  if ((options.get("type") ?? "bind") !== "bind" || name === null || source === null || target === null) return [];
  const from = copyFrom(name, state);
  if (from === null || !("stage" in from) || /[$]/.test(source + target)) return [];
  const [path, place] = [pathInWorkdir("/", source), pathInWorkdir(state.workdir ?? "/", target)];
  return path === "/" ? [] : [{ name, stage: from.stage, source: withoutSlash(path), target: withoutSlash(place) }];
}

/** A bind mount of the build context, which is what `--mount` means without a type and a stage. */
function bindMount(mount: readonly string[][]): Step[] {
  const options = new Map(mount.map(([name = "", value = ""]) => [name, value]));
  const target = options.get("target") ?? options.get("dst") ?? options.get("destination");
  if ((options.get("type") ?? "bind") !== "bind" || options.has("from") || target?.startsWith("/") !== true) return [];
  return [{ kind: "mount", source: options.get("source") ?? options.get("src") ?? "/", target }];
}
