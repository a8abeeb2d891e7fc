/** What is tried with changed inputs. */
export interface Target {
  /** Inputs to start from. */
  readonly seeds: () => readonly Buffer[] | Promise<readonly Buffer[]>;
  /** What means something to the reader; put into inputs as it stands. */
  readonly words: readonly string[];
  /** The parts of a seed that the reader looks at, where most of a seed does not matter. */
  readonly spans?: (seed: Buffer) => readonly (readonly [start: number, end: number])[];
  /** Makes sums and digests fit again, without which a changed input would be refused at once. */
  readonly repair?: (input: Buffer) => Buffer | Promise<Buffer>;
  /** Reads an input. Throws where that is not as it should be; refuses bad input without throwing. */
  readonly run: (input: Buffer) => void | Promise<void>;
  /**
   * Reads an input as a program does that is known to read it right, and compares.
   * @returns the difference; null where there is none, `pass` where the two cannot be compared
   */
  readonly judge?: (input: Buffer) => Verdict | Promise<Verdict>;
  /** How many inputs go without being judged between two that are: a process is slow to start. */
  readonly judgeOneIn?: number;
}

export type Verdict = null | "pass" | { readonly difference: string };

/** Reads; an error of ours that refuses the input is no failure. */
export function refusing<T>(action: () => T, isOurs: (error: Error) => boolean): T | null {
  try {
    return action();
  } catch (error) {
    if (error instanceof Error && isOurs(error)) return null;
    throw error;
  }
}

/** {@link refusing} for a reader that waits. */
export async function refusingLater<T>(action: () => Promise<T>, isOurs: (error: Error) => boolean): Promise<T | null> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof Error && isOurs(error)) return null;
    throw error;
  }
}

/** Two readings that have to be the same. */
export function expectSame(what: string, one: unknown, other: unknown): void {
  const [a, b] = [one, other].map(textOf);
  if (a !== b) throw new Error(`${what}: ${a?.slice(0, 500)} / ${b?.slice(0, 500)}`);
}

export function textOf(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? `${part}n` : part)) ?? "undefined";
}
