/**
 * A long computation that can pause: a generator that yields wherever a pause is possible, and returns its result. It
 * stays pure; whether it pauses, and what happens meanwhile, is for its caller to decide.
 */
export type Steps<T> = Generator<undefined, T, undefined>;

/** For so long the event loop may be blocked. */
const SLICE_MS = 50;

/** Computes without a pause. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const next = steps.next();
    if (next.done === true) return next.value;
  }
}

/**
 * Computes with pauses in which the event loop goes on, so that signals arrive.
 * @throws the signal's reason once it is aborted
 */
export async function finishPaced<T>(steps: Steps<T>, signal: AbortSignal): Promise<T> {
  for (let due = Date.now() + SLICE_MS; ; ) {
    const next = steps.next();
    if (next.done === true) return next.value;
    if (Date.now() < due) continue;
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
    due = Date.now() + SLICE_MS;
  }
}

/** `flatMap` with a possible pause after each item. */
export function* flatMapSteps<T, R>(items: Iterable<T>, action: (item: T) => R | readonly R[]): Steps<R[]> {
  const results: R[] = [];
  for (const item of items) {
    const result = action(item);
    if (isList(result)) for (const one of result) results.push(one);
    else results.push(result);
    yield;
  }
  return results;
}

function isList<R>(value: R | readonly R[]): value is readonly R[] {
  return Array.isArray(value);
}
