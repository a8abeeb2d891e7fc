import type { Phase } from "../base/phases.ts";

/** What a run took: its phases, the whole in milliseconds, CPU time of this process in milliseconds, memory in KiB. */
export interface Timings {
  readonly phases: readonly Phase[];
  readonly total: number;
  readonly cpu: number;
  readonly peakMemory: number;
}

/** `--timings`: how it is written. */
export type TimingsFormat = "text" | "json";

/** What `--timings` writes to standard error. A phase may lie within another one, or beside it. */
export function timingLines(timings: Timings, format: TimingsFormat): string[] {
  const { phases, total, cpu, peakMemory } = timings;
  if (format === "json") {
    const rounded = phases.map((one) => ({
      name: one.name,
      start: Math.round(one.start),
      milliseconds: Math.round(one.milliseconds),
    }));
    return [JSON.stringify({ phases: rounded, total: Math.round(total), cpu: Math.round(cpu), peakMemory })];
  }
  const row = (start: number, milliseconds: number, name: string): string =>
    `${seconds(start).padStart(9)} ${seconds(milliseconds).padStart(9)}  ${name}`;
  return [
    "    begin  duration  phase",
    ...phases.map(({ start, milliseconds, name }) => row(start, milliseconds, name)),
    row(0, total, `all (${seconds(cpu)} of CPU time, ${Math.round(peakMemory / 1024)} MiB at most)`),
  ];
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(3)} s`;
}
