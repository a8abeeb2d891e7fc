// Makes inputs of one target and reads them, in a thread that can be ended: the number of the input stands in shared
// memory, so that who watches knows which one it was.
import { parentPort, workerData } from "node:worker_threads";
import { attempt, type Failure, placeOf } from "./attempt.ts";
import { inputsOf } from "./inputs.ts";
import { shrink } from "./shrink.ts";
import type { Target } from "./target.ts";

export interface Task {
  /** The module with the targets. */
  readonly module: string;
  readonly name: string;
  readonly seed: number;
  readonly first: number;
  readonly milliseconds: number;
  /** [0]: the number of the input, [1]: how many were judged, [2]: how often one was read. */
  readonly shared: Int32Array;
}

export interface Found extends Failure {
  readonly index: number;
  readonly input: Uint8Array;
}

const { module, name, seed, first, milliseconds, shared } = workerData as Task;
const { targets } = (await import(module)) as { targets: Readonly<Record<string, Target>> };
const target = targets[name];
if (target === undefined) throw new Error(`no such target: ${name}`);
const watched: Target = {
  ...target,
  run(input) {
    Atomics.add(shared, 2, 1);
    return target.run(input);
  },
};
const inputAt = await inputsOf(target, seed);
const end = Date.now() + milliseconds;
const known = new Set<string>();
// Of what nobody waited for; the input is the last one, or one shortly before.
process.on("uncaughtException", (error) => {
  const failure: Failure = { kind: "exception", message: `uncaught: ${error.stack}` };
  if (isNew(failure)) parentPort?.postMessage({ ...failure, input: null });
});
let index = first;
for (; Date.now() < end; index += 1) {
  Atomics.store(shared, 0, index);
  const input = await inputAt(index);
  const isJudged = index % (target.judgeOneIn ?? 1) === 0;
  const { failure, judged } = await attempt(watched, input, isJudged);
  if (judged) Atomics.add(shared, 1, 1);
  if (failure === null || !isNew(failure)) continue;
  parentPort?.postMessage({
    ...failure,
    index,
    input: await shrink(watched, input, failure, isJudged),
  } satisfies Found);
}
Atomics.store(shared, 0, index);

function isNew(failure: Failure): boolean {
  const place = placeOf(failure);
  const isFirst = !known.has(place);
  known.add(place);
  return isFirst;
}
