import type { Lookup } from "./expand.ts";

/** Stands in a value for a part that is not known; no name or path of a Dockerfile holds it. */
export const UNKNOWN = "\uFFFF";

/** Of a value or a field. */
export const MAX_LENGTH = 65_536;

/** A shell variable: text (perhaps with unknown parts), or the elements of an array. */
export type ShellValue = string | readonly string[];

/** The variables of a shell at one point of its script. */
export class ShellVariables {
  readonly #outer: Lookup;
  readonly #values: Map<string, ShellValue>;
  readonly #exported: Set<string>;
  /** Brace expansion is bash's; dash leaves `{a,b}` alone. */
  readonly bash: boolean;

  constructor(
    outer: Lookup,
    bash: boolean,
    values: ReadonlyMap<string, ShellValue> = new Map(),
    exported: Iterable<string> = [],
  ) {
    this.#outer = outer;
    this.bash = bash;
    this.#values = new Map(values);
    this.#exported = new Set(exported);
  }

  copy(): ShellVariables {
    return new ShellVariables(this.#outer, this.bash, this.#values, this.#exported);
  }

  /** What a shell started from this one sees. */
  child(bash: boolean): ShellVariables {
    const handed = [...this.#values].filter(([name]) => this.#exported.has(name));
    return new ShellVariables(this.#outer, bash, new Map(handed), this.#exported);
  }

  set(name: string, value: ShellValue): void {
    // `X=$X$X` over and over doubles each time.
    this.#values.set(name, value.length > MAX_LENGTH ? UNKNOWN : value);
  }

  export(name: string): void {
    this.#exported.add(name);
  }

  /** `undefined`: not set, as far as script and Dockerfile say. */
  get(name: string): ShellValue | undefined {
    const own = this.#values.get(name);
    if (own !== undefined) return own;
    const outer = this.#outer(name);
    return outer === null ? UNKNOWN : outer;
  }

  /** After branches, when one of them has run: what they disagree on is not known. */
  merge(branches: readonly ShellVariables[]): void {
    const names = new Set(branches.flatMap((branch) => [...branch.#values.keys()]));
    for (const name of names) {
      const values = branches.map((branch) => branch.get(name));
      const same = values.every((value) => JSON.stringify(value) === JSON.stringify(values[0]));
      this.#values.set(name, same ? (values[0] ?? UNKNOWN) : UNKNOWN);
    }
  }
}
