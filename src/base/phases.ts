/**
 * Runs a part of the work and notes how long it took, in the platform's own timeline (performance.measure): `--timings`
 * shows it. A failed part is noted as well.
 */
export async function phase<T>(name: string, work: () => T | Promise<T>): Promise<T> {
  const start = performance.now();
  try {
    return await work();
  } finally {
    performance.measure(name, { start, detail: PHASE });
  }
}

const PHASE = "msb-deps phase";

/** A part of the run, in milliseconds since the start of the process. */
export interface Phase {
  readonly name: string;
  readonly start: number;
  readonly milliseconds: number;
}

/** What {@link phase} noted, in the order of the beginnings. */
export function notedPhases(): Phase[] {
  const measures = performance
    .getEntriesByType("measure")
    .filter((entry) => "detail" in entry && entry.detail === PHASE);
  return measures.map(({ name, startTime, duration }) => ({ name, start: startTime, milliseconds: duration }));
}
