/** What is wrong with a value, and where it stands. Thrown within this folder, shown as an `MsbDepsError`. */
export class Refusal extends Error {
  override readonly name = "Refusal";

  constructor(at: string, problem: string) {
    super(`${at === "" ? "it" : at} ${problem}`);
  }
}

/** Takes a value from outside, or throws a {@link Refusal} that names its place. */
export type Check<T> = (value: unknown, at: string) => T;

export const record: Check<Readonly<Record<string, unknown>>> = (value, at) => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Refusal(at, "is not an object");
  return value as Readonly<Record<string, unknown>>;
};

export const text: Check<string> = (value, at) => {
  if (typeof value !== "string") throw new Refusal(at, "is not a text");
  return value;
};

/** An absolute path without NUL. */
export const pathText: Check<string> = (value, at) => {
  const path = text(value, at);
  if (!path.startsWith("/") || path.includes("\0")) throw new Refusal(at, "is not an absolute path");
  return path;
};

export const textMap: Check<Readonly<Record<string, string>>> = (value, at) =>
  Object.fromEntries(Object.entries(record(value, at)).map(([name, one]) => [name, text(one, `${at}.${name}`)]));

export function numberIn(least: number, most: number): Check<number> {
  return (value, at) => {
    const fits = typeof value === "number" && Number.isSafeInteger(value) && value >= least && value <= most;
    if (!fits) throw new Refusal(at, `is not a whole number from ${least} to ${most}`);
    return value;
  };
}

export function oneOf<T extends string>(choices: readonly T[]): Check<T> {
  return (value, at) => {
    const found = choices.find((one) => one === value);
    if (found === undefined) throw new Refusal(at, `is none of ${choices.join(", ")}`);
    return found;
  };
}

export function list<T>(check: Check<T>): Check<T[]> {
  return (value, at) => {
    if (!Array.isArray(value)) throw new Refusal(at, "is not a list");
    return value.map((one: unknown, index) => check(one, `${at}[${index}]`));
  };
}

export function nullable<T>(check: Check<T>): Check<T | null> {
  return (value, at) => (value === null ? null : check(value, at));
}
