/**
 * The names that a mistyped one may mean, the nearest first: at most two letters are wrong, missing, too many or swapped, and
 * most of it is right.
 */
export function similarNames(name: string, names: Iterable<string>): string[] {
  const near = [...new Set(names)].flatMap((other) => {
    const distance = editDistance(name.toLowerCase(), other.toLowerCase());
    return distance > 0 && distance <= Math.min(2, Math.floor(name.length / 3)) ? [{ other, distance }] : [];
  });
  return near.sort((a, b) => a.distance - b.distance).map(({ other }) => other);
}

/** The optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours. */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (before[j - 2] ?? 0) + 1);
      row.push(least);
    }
    [before, last] = [last, row];
  }
  return last[b.length] ?? 0;
}
