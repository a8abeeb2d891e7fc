import type { CommandInstruction, Stage } from "./plan.ts";
import { runsWhatFollows } from "./wrappers.ts";

/** A program that a container of the stage starts, or its health check. */
export interface StartedProgram {
  readonly keyword: CommandInstruction["keyword"];
  readonly program: string;
  /** What has it among its arguments and may run it or not: the first word of ENTRYPOINT; null if it is started for certain. */
  readonly argumentOf: string | null;
}

/** The CMD, ENTRYPOINT and HEALTHCHECK that count at the end of a chain of stages, the lowest first. */
export function lastCommands(chain: readonly Stage[]): readonly CommandInstruction[] {
  const last = new Map<CommandInstruction["keyword"], CommandInstruction>();
  for (const { instructions } of chain) {
    const own = instructions.filter((one) => one.kind === "command");
    // An ENTRYPOINT takes back the CMD of the image that the stage begins with (Dockerfile reference, "CMD and ENTRYPOINT").
    if (own.some(({ keyword }) => keyword === "ENTRYPOINT")) last.delete("CMD");
    for (const command of own) last.set(command.keyword, command);
  }
  return [...last.values()];
}

/**
 * What is started, by the rules of how CMD and ENTRYPOINT go together (Dockerfile reference): the words of CMD are arguments of
 * an ENTRYPOINT in exec form, and are not used with one in shell form. A shell form starts the stage's SHELL too.
 *
 * @param baseEntrypoint the ENTRYPOINT of the base image, for a chain without one
 */
export function startedPrograms(chain: readonly Stage[], baseEntrypoint: readonly string[]): StartedProgram[] {
  const commands = lastCommands(chain);
  const entrypoint = commands.find(({ keyword }) => keyword === "ENTRYPOINT");
  const entry = entrypoint?.argv ?? baseEntrypoint;
  return commands.flatMap(({ keyword, programs, argv, shellForm }) => {
    if (keyword === "CMD" && entrypoint?.shellForm === true) return [];
    const isArgument = keyword === "CMD" && entry.length > 0 && !runsWhatFollows(entry);
    const argumentOf = isArgument ? (entry[0] ?? null) : null;
    const all = shellForm ? [...argv.slice(0, 1), ...programs] : programs;
    return [...new Set(all)].map((program) => ({ keyword, program, argumentOf }));
  });
}
