import { attempt, type Failure, placeOf } from "./attempt.ts";
import type { Target } from "./target.ts";

/** A judge takes longer than a reader. */
const [MAX_TRIES, MAX_JUDGED_TRIES] = [600, 100];

/** Takes out of an input what its failure does not need. */
export async function shrink(target: Target, input: Buffer, failure: Failure, isJudged: boolean): Promise<Buffer> {
  if (failure.kind === "memory") return input;
  const wanted = placeOf(failure);
  let best = input;
  let tries = failure.kind === "difference" ? MAX_TRIES - MAX_JUDGED_TRIES : 0;
  for (let size = best.length >> 1; size > 0 && tries < MAX_TRIES; size >>= 1) {
    for (let at = 0; at < best.length && tries < MAX_TRIES; ) {
      const shorter = Buffer.concat([best.subarray(0, at), best.subarray(at + size)]);
      const smaller = target.repair === undefined ? shorter : await target.repair(shorter);
      tries += 1;
      const { failure: found } = await attempt(target, smaller, isJudged);
      if (found !== null && placeOf(found) === wanted && smaller.length < best.length) best = smaller;
      else at += size;
    }
  }
  return best;
}
