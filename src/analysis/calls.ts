import { basename } from "../base/paths.ts";
import type { BuildPlan } from "../dockerfile/plan.ts";
import { stageChain } from "../dockerfile/select.ts";
import { lastCommands, startedPrograms } from "../dockerfile/started.ts";
import type { RuntimeScript, RuntimeScripts } from "./runtime-scripts.ts";

/** A call of a program in the runtime stage. */
export interface Call {
  readonly program: string;
  /** `CMD`, `ENTRYPOINT`, `HEALTHCHECK`, or a script and its line. */
  readonly calledBy: string;
  /**
   * `runs`: the image does not do its work without it · `may-run`: in a branch of a script · `perhaps`: it may be an argument,
   * a function of another file, in a script that nothing is seen to start, or left out where it is not there.
   */
  readonly certainty: "runs" | "may-run" | "perhaps";
}

/**
 * What the runtime stage calls: by CMD, ENTRYPOINT and HEALTHCHECK, and by the shell scripts that these run.
 *
 * @param baseEntrypoint the ENTRYPOINT of the base image
 */
export function callsOf(
  plan: BuildPlan | null,
  baseEntrypoint: readonly string[],
  { read }: Pick<RuntimeScripts, "read">,
): readonly Call[] {
  if (plan?.runtime == null) return [];
  const chain = stageChain(plan.stages, plan.runtime);
  const started = startedPrograms(chain, baseEntrypoint).map(({ keyword, program, argumentOf }): Call => {
    const runsArguments = (name: string): boolean => scriptsNamed(name, read).some((one) => one.runsArguments);
    const isRun = argumentOf === null || runsArguments(argumentOf);
    return { program, calledBy: keyword, certainty: isRun ? "runs" : "perhaps" };
  });
  const words = lastCommands(chain).flatMap(({ argv }) => argv.flatMap((word) => word.split(/[\s"';&|()]+/)));
  const running = startedScripts(words, read);
  return [...started, ...read.flatMap((script) => callsIn(script, running.has(script)))];
}

function callsIn({ path, calls, sources }: RuntimeScript, isStarted: boolean): Call[] {
  return calls.map(({ program, line, conditional, optional }) => ({
    program,
    calledBy: `${path}:${line}`,
    certainty: !isStarted || sources || optional ? "perhaps" : conditional ? "may-run" : "runs",
  }));
}

/** The scripts that some words name, and those that they call in turn. Where a COPY puts a script is not asked. */
function startedScripts(words: readonly string[], read: readonly RuntimeScript[]): ReadonlySet<RuntimeScript> {
  const started = new Set<RuntimeScript>();
  const queue = [...words];
  for (let word = queue.pop(); word !== undefined; word = queue.pop()) {
    for (const script of scriptsNamed(word, read)) {
      if (started.has(script)) continue;
      started.add(script);
      queue.push(...script.calls.map(({ program }) => program));
    }
  }
  return started;
}

/** The scripts of a name: that of the file, or that of the path where a here-document puts it. */
export function scriptsNamed(program: string, read: readonly RuntimeScript[]): RuntimeScript[] {
  return read.filter(({ path }) => basename(path) === basename(program));
}
