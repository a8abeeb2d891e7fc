import { Worker } from "node:worker_threads";

/**
 * @typedef {{ kind: string, message: string, index: number, input: Uint8Array | null }} Found
 * @typedef {{ inputs: number, judged: number, seconds: number, found: Found[] }} Slice
 */

/** A thread that had to be ended so often makes no way. */
const MAX_ENDS = 3;
/** For the corpus, which is read from the machine at the start. */
const START_MS = 120_000;
const HEAP_MB = 512;

/**
 * Reads inputs of a target for some time, each in a thread that is ended where one hangs or takes too much memory.
 *
 * @param {{ worker: string, module: string }} bundle
 * @param {string} name of the target
 * @param {{ seed: number, milliseconds: number, hangMs: number }} range
 * @returns {Promise<Slice>}
 */
export async function watch({ worker, module }, name, { seed, milliseconds, hangMs }) {
  const since = Date.now();
  const slice = { inputs: 0, judged: 0, seconds: 0, found: /** @type {Found[]} */ ([]) };
  let [next, ends] = [0, 0];
  for (let left = milliseconds; left > 0 && ends < MAX_ENDS; left = milliseconds - (Date.now() - since)) {
    const task = { module, name, seed, first: next, milliseconds: left };
    const { started, ended, index, judged, found } = await once(worker, task, hangMs);
    if (!started) throw new Error(`${name} does not start: ${found[0]?.message}`);
    slice.judged += judged;
    slice.found.push(...found);
    // One that hangs is left out from then on.
    next = ended ? index + 1 : index;
    if (ended) ends += 1;
  }
  return { ...slice, inputs: next, seconds: (Date.now() - since) / 1000 };
}

/**
 * @param {string} script
 * @param {{ module: string, name: string, seed: number, first: number, milliseconds: number }} task
 * @param {number} hangMs
 * @returns {Promise<{ started: boolean, ended: boolean, index: number, judged: number, found: Found[] }>}
 */
function once(script, task, hangMs) {
  const shared = new Int32Array(new SharedArrayBuffer(12));
  shared[0] = -1;
  const worker = new Worker(script, {
    workerData: { ...task, shared },
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  });
  /** @type {Found[]} */
  const found = [];
  let ended = false;
  const index = () => Math.max(task.first, Atomics.load(shared, 0));
  /** @param {string} kind @param {string} message */
  const end = (kind, message) => {
    ended = true;
    found.push({ kind, message, index: index(), input: null });
  };
  let [before, since] = [-2, Date.now()];
  const watching = setInterval(() => {
    const at = Atomics.load(shared, 2);
    if (at !== before) [before, since] = [at, Date.now()];
    const limit = at === 0 ? START_MS : hangMs;
    if (Date.now() - since < limit) return;
    end("hang", `no end after ${limit / 1000} s`);
    clearInterval(watching);
    void worker.terminate();
  }, 500);
  worker.on("message", (message) => found.push({ index: index(), input: null, ...message }));
  worker.on("error", (/** @type {NodeJS.ErrnoException} */ error) =>
    error.code === "ERR_WORKER_OUT_OF_MEMORY"
      ? end("memory", `more than ${HEAP_MB} MB of heap`)
      : end("exception", error.stack ?? error.message),
  );
  return new Promise((done) =>
    worker.on("exit", () => {
      clearInterval(watching);
      done({ started: Atomics.load(shared, 0) >= 0, ended, index: index(), judged: Atomics.load(shared, 1), found });
    }),
  );
}
