/**
 * Runs several ways in turn, and returns the median of each one's seconds, and of what it says of itself. The first round
 * fills caches and does not count.
 *
 * @param {import("./corpora.mjs").Ways} ways
 * @param {number} pairs
 */
export async function measured(ways, pairs) {
  const rounds = new Map(Object.keys(ways).map((name) => [name, []]));
  for (let round = -1; round < pairs; round += 1) {
    for (const [name, way] of Object.entries(ways)) {
      const start = performance.now();
      const { usage } = await way();
      const seconds = (performance.now() - start) / 1000;
      console.error(`${name}: ${seconds.toFixed(2)} s`);
      if (round >= 0) rounds.get(name)?.push({ seconds, usage });
    }
  }
  const [ours] = rounds.values();
  return [...rounds].map(([name, all]) => ({
    name,
    seconds: median(all.map((one) => one.seconds)),
    // Of runs that follow one another: what else the machine does meets both.
    ratio: median(all.map((one, at) => (ours?.[at]?.seconds ?? Number.NaN) / one.seconds)),
    usage: all.every((one) => one.usage === undefined) ? null : ownUse(all.map((one) => one.usage)),
  }));
}

function ownUse(all) {
  const phases = new Map();
  for (const { phases: its } of all) {
    const sums = new Map();
    for (const { name, milliseconds } of its) sums.set(name, (sums.get(name) ?? 0) + milliseconds);
    for (const [name, sum] of sums) phases.set(name, [...(phases.get(name) ?? []), sum]);
  }
  return {
    cpu: median(all.map(({ cpu }) => cpu)) / 1000,
    memory: median(all.map(({ peakMemory }) => peakMemory)) / 1024,
    phases: [...phases].map(([name, sums]) => [name, median(sums) / 1000]),
  };
}

/** @param {number[]} numbers */
function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}
