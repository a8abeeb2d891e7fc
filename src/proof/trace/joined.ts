import { sortByName } from "../../base/names.ts";
import { joinPaths } from "./compare.ts";
import type { Trace, TracedPath } from "./model.ts";

/** Several traces as one: all runs, and of each path the weightiest of all that was seen. */
export function joinTraces(traces: readonly Trace[]): Trace {
  const paths = new Map<string, TracedPath>();
  for (const one of traces.flatMap((trace) => trace.paths)) {
    const before = paths.get(one.path);
    paths.set(one.path, before === undefined ? one : joinPaths(before, one));
  }
  return { runs: traces.flatMap(({ runs }) => runs), paths: sortByName([...paths.values()], ({ path }) => path) };
}
