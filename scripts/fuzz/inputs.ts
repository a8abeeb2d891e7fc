import { mutate, type Pool } from "./mutate.ts";
import { Random } from "./random.ts";
import type { Target } from "./target.ts";

/** The inputs of a target by their numbers: the seed decides each one, whatever came before it. */
export async function inputsOf(target: Target, seed: number): Promise<(index: number) => Promise<Buffer>> {
  const seeds = await target.seeds();
  if (seeds.length === 0) throw new Error("there is nothing to start from");
  const pool: Pool = {
    seeds: seeds.map((bytes) => ({ bytes, spans: target.spans?.(bytes) ?? [] })),
    words: target.words.map((word) => Buffer.from(word, "latin1")),
  };
  return async (index) => {
    const seedBytes = seeds[index];
    // First those that nothing was done to.
    if (seedBytes !== undefined) return Buffer.from(seedBytes);
    const random = Random.of(seed, index);
    const isRepaired = target.repair !== undefined && !random.chance(4);
    const input = mutate(pool, random);
    return isRepaired && target.repair !== undefined ? target.repair(input) : input;
  };
}
