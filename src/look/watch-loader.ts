import type { Engine, Image } from "../engine/engine.ts";
import { parseLoaderDebug } from "../loader/ld-debug.ts";
import { type Access, splitVariable, type TracedCommand, type TracedRun } from "./trace-run.ts";
import { watchRun } from "./watch-run.ts";

/**
 * Runs a command and reports the paths that its loader opens and looks for (LD_DEBUG): less than a tracer sees, where the
 * platform does not allow one. Nothing that is opened without the loader is seen.
 */
export async function watchLoader(
  engine: Engine,
  image: Image,
  { argv, env, as, seconds, network, volumes }: TracedCommand,
  signal: AbortSignal,
): Promise<TracedRun> {
  const variables = Object.fromEntries(env.map((pair) => splitVariable(pair)));
  const run = await watchRun(engine, image, { argv, env: variables, as, seconds, network, volumes }, signal);
  const searches = run.logs.flatMap((log) => parseLoaderDebug(log));
  const accesses = searches.flatMap(({ by, mapped, tried }): Access[] => [
    ...(mapped === null ? [] : [{ path: mapped, kind: "open" as const, there: "file" as const, by }]),
    ...tried.flatMap((path) =>
      path === mapped ? [] : [{ path, kind: "open" as const, there: "nothing" as const, by }],
    ),
  ]);
  return {
    outcome: run.limit ? "limit" : "ended",
    exitCode: run.exitCode ?? 0,
    accesses,
    unseen: ["loader-only", ...(run.logsFull ? ["paths"] : [])],
    output: run.output,
  };
}
