import { environmentOf } from "../analysis/set-scene.ts";
import { MsbDepsError } from "../base/errors.ts";
import { type PlanChoice, planOf } from "./plan.ts";

/**
 * The build arguments without which a replay would read the Dockerfile in another way: their values may be secrets.
 *
 * @param baseEnv the environment of the runtime base, `NAME=value` each
 */
export function neededBuildArgs(
  text: string,
  choice: PlanChoice,
  baseEnv: readonly string[],
): Readonly<Record<string, string>> {
  const reading = (buildArgs: PlanChoice["buildArgs"]): string | null => read(text, { ...choice, buildArgs }, baseEnv);
  const whole = reading(choice.buildArgs);
  let kept = choice.buildArgs;
  for (const name of Object.keys(kept)) {
    const { [name]: _, ...others } = kept;
    if (reading(others) === whole) kept = others;
  }
  return kept;
}

/** All that the answer takes from a Dockerfile, but not the values of arguments as such; null where it cannot be planned. */
function read(text: string, choice: PlanChoice, baseEnv: readonly string[]): string | null {
  try {
    const plan = planOf(text, choice);
    const withoutValues = (_key: string, value: unknown): unknown =>
      isArg(value) ? { ...value, values: value.values.map(([name]) => name) } : value;
    const environment = [...environmentOf(plan, baseEnv)];
    return JSON.stringify([{ ...plan, global: null }, environment], withoutValues);
  } catch (error) {
    if (error instanceof MsbDepsError) return null;
    throw error;
  }
}

function isArg(value: unknown): value is { readonly kind: "arg"; readonly values: readonly (readonly unknown[])[] } {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "arg" && "values" in value;
}
