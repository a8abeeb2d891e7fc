import type { Target } from "./target.ts";

/** What is wrong with how an input was read. */
export interface Failure {
  readonly kind: "exception" | "difference" | "memory" | "hang";
  readonly message: string;
}

/** No input is larger than half a megabyte. */
const MAX_GROWTH_KIB = 512 * 1024;

export interface Outcome {
  readonly failure: Failure | null;
  readonly judged: boolean;
}

/** Reads an input once, and has it judged if asked to. */
export async function attempt(target: Target, input: Buffer, isJudged: boolean): Promise<Outcome> {
  const before = process.resourceUsage().maxRSS;
  try {
    await target.run(input);
  } catch (error) {
    return { failure: { kind: "exception", message: stackOf(error) }, judged: false };
  }
  const grown = process.resourceUsage().maxRSS - before;
  if (grown > MAX_GROWTH_KIB)
    return { failure: { kind: "memory", message: `${Math.round(grown / 1024)} MiB more` }, judged: false };
  if (!isJudged || target.judge === undefined) return { failure: null, judged: false };
  try {
    const verdict = await target.judge(input);
    if (verdict === "pass") return { failure: null, judged: false };
    const failure: Failure | null = verdict && { kind: "difference", message: verdict.difference };
    return { failure, judged: true };
  } catch (error) {
    return { failure: { kind: "exception", message: `the judge: ${stackOf(error)}` }, judged: false };
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : `thrown: ${String(error)}`;
}

/** Failures at one place are one. */
export function placeOf({ kind, message }: Failure): string {
  const line = message.split("\n").find((one) => /^\s+at /.test(one));
  return `${kind} ${line?.trim() ?? message.replace(/[0-9]+/g, "N").slice(0, 80)}`;
}
