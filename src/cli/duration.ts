import { InvalidArgumentError } from "commander";

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** The longest delay of a timer of Node, in milliseconds; 24 days. */
const MAX_MS = 2 ** 31 - 1;

/** A duration as Go reads it, and so docker and trivy: `90s`, `1h30m`, `1.5m`, `500ms`; in milliseconds. */
export function duration(value: string): number {
  const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  const isWhole = parts.map(([part]) => part).join("") === value && value !== "";
  const total = parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNITS[unit as keyof typeof UNITS], 0);
  if (!isWhole || total < 1 || total > MAX_MS)
    throw new InvalidArgumentError("use a duration such as 90s, 5m or 1h30m, of at most 24 days.");
  return total;
}

/** A day: whoever waits longer has another purpose. */
const MAX_SECONDS = 86_400;

/** A whole number of seconds, up to a day. */
export function seconds(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > MAX_SECONDS) throw new InvalidArgumentError(`a number of seconds from 1 to ${MAX_SECONDS}.`);
  return value;
}
