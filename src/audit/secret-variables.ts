import type { BuildPlan } from "../dockerfile/plan.ts";

/** A variable that ARG or ENV sets. */
export interface BuildVariable {
  readonly name: string;
  /** Its value with all variables expanded; null if that is not known. */
  readonly value: string | null;
  /** The value comes from the command line of the build: an ARG without a default, or an ENV that holds one. */
  readonly filledOutside: boolean;
}

/** What each ARG and ENV instruction of the stages sets, by the offset where it begins. */
export function buildVariables({ stages }: BuildPlan): ReadonlyMap<number, readonly BuildVariable[]> {
  const found = new Map<number, readonly BuildVariable[]>();
  const unfilled: ReadonlySet<string>[] = [];
  for (const { instructions, parent, variables } of stages) {
    const own = new Set(parent === null ? [] : unfilled[parent]);
    unfilled.push(own);
    const steps = variables[Symbol.iterator]();
    for (const instruction of instructions) {
      if (instruction.kind !== "arg" && instruction.kind !== "env") continue;
      const step = steps.next().value;
      const texts = step?.kind === "arg" ? step.declarations : (step?.pairs ?? []);
      const set = instruction.values.map(([name, value], index): BuildVariable => {
        const text = texts[index]?.[1] ?? null;
        const filledOutside = text === null ? value === null : names(text, own);
        return { name, value, filledOutside };
      });
      for (const { name, filledOutside } of set) {
        if (filledOutside) own.add(name);
        else own.delete(name);
      }
      found.set(instruction.start, set);
    }
  }
  return found;
}

/** Whether a text takes the value of one of some variables. */
function names(text: string, variables: ReadonlySet<string>): boolean {
  return [...text.matchAll(/\$\{?(\w+)/g)].some(([, name]) => variables.has(name ?? ""));
}

/** The words that a default value may be made of: those of the file outside of it, the names of variables among them. */
export function wordsBeside(value: string, text: string): ReadonlySet<string> {
  const parts = text.replaceAll(value, " ").split(/[^A-Za-z]+|(?<=[a-z])(?=[A-Z])/);
  return new Set(parts.map((part) => part.toLowerCase()).filter((part) => part.length > 2));
}
