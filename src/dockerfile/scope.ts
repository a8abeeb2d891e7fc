import { DEFAULT_PATH } from "../base/paths.ts";
import { expand, type Lookup } from "./expand.ts";
import { type Platform, platformArgs } from "./platform.ts";

/** A value, or null: the variable exists but its value is not known. */
export type Value = string | null;

/** One ARG or ENV instruction, its words not expanded yet. */
export type VariableStep =
  | { readonly kind: "arg"; readonly declarations: readonly (readonly [string, string | null])[] }
  | { readonly kind: "env"; readonly pairs: readonly (readonly [string, string])[] };

/** The arguments before the first FROM, and those of the command line. */
export interface GlobalScope {
  readonly escape: string;
  readonly values: ReadonlyMap<string, Value>;
  readonly buildArgs: Readonly<Record<string, string>>;
}

/** Evaluates the ARGs before the first FROM (dockerfile2llb, buildMetaArgs). */
export function globalScope(
  steps: readonly VariableStep[],
  options: {
    readonly escape: string;
    readonly buildArgs: Readonly<Record<string, string>>;
    readonly platform: Platform | null;
    readonly buildPlatform: Platform | null;
  },
): GlobalScope {
  const { buildArgs } = options;
  const values = platformArgs(options.platform, options.buildPlatform);
  for (const name of values.keys()) if (Object.hasOwn(buildArgs, name)) values.set(name, buildArgs[name] ?? "");
  for (const step of steps) {
    if (step.kind !== "arg") continue;
    for (const [name, text] of step.declarations) {
      if (Object.hasOwn(buildArgs, name)) values.set(name, buildArgs[name] ?? "");
      else if (text !== null)
        values.set(name, expand(text, { escape: options.escape, lookup: (key) => values.get(key), unset: "unknown" }));
    }
  }
  return { escape: options.escape, values, buildArgs };
}

/** Expands a word of a FROM instruction. */
export function expandGlobal(word: string, scope: GlobalScope): Value {
  return expand(word, { escape: scope.escape, lookup: (name) => scope.values.get(name), unset: "unknown" });
}

/** What a stage begins with: the variables of its base image, or null where they are not known. */
export type BaseEnv = Readonly<Record<string, string>> | null;

/** The variables of a stage, instruction by instruction. */
export class StageScope {
  readonly #global: GlobalScope;
  /** ARG and ENV alike: in BuildKit's state the last one to set a name wins. */
  readonly #state: Map<string, Value>;
  /** What ends up in the image. */
  readonly #env: Map<string, Value>;
  /** ARGs that were declared and have no value. */
  readonly #declared: Set<string>;
  readonly #complete: boolean;

  private constructor(global: GlobalScope, from: StageScope | null, base: BaseEnv) {
    this.#global = global;
    this.#state = new Map(from === null ? [] : from.#state);
    this.#env = new Map(from === null ? [] : from.#env);
    this.#declared = new Set(from === null ? [] : from.#declared);
    this.#complete = from === null ? base !== null : from.#complete;
    if (from !== null) return;
    for (const [name, value] of Object.entries(base ?? {})) this.#setEnv(name, value);
    if (base !== null && !this.#env.has("PATH")) this.#setEnv("PATH", DEFAULT_PATH);
  }

  static onImage(global: GlobalScope, base: BaseEnv): StageScope {
    return new StageScope(global, null, base);
  }

  /** A stage that begins with another stage inherits its variables, ARGs included. */
  static onStage(global: GlobalScope, parent: StageScope): StageScope {
    return new StageScope(global, parent, null);
  }

  /** A lookup for words of instructions; null where the base image might set the name. */
  get lookup(): Lookup {
    return (name) => {
      if (this.#state.has(name)) return this.#state.get(name);
      return this.#complete || this.#declared.has(name) ? undefined : null;
    };
  }

  expand(word: string): Value {
    const unset = this.#complete ? "empty" : "unknown";
    return expand(word, { escape: this.#global.escape, lookup: this.lookup, unset });
  }

  /** Applies an ARG or ENV instruction and returns what it set. */
  apply(step: VariableStep): [string, Value][] {
    if (step.kind === "arg") return step.declarations.map(([name, text]) => this.#declare(name, text));
    // All pairs of one ENV see the variables as they were before it.
    const pairs = step.pairs.map(([name, text]): [string, Value] => [this.expand(name) ?? name, this.expand(text)]);
    for (const [name, value] of pairs) this.#setEnv(name, value);
    return pairs;
  }

  /** The variables of the image at this point: ENV and base image, without ARGs. `complete`: the base is known. */
  image(): { values: ReadonlyMap<string, Value>; complete: boolean } {
    return { values: this.#env, complete: this.#complete };
  }

  #declare(name: string, text: string | null): [string, Value] {
    const { buildArgs, values } = this.#global;
    if (Object.hasOwn(buildArgs, name)) this.#state.set(name, buildArgs[name] ?? "");
    else if (text !== null) this.#state.set(name, this.expand(text));
    else if (values.has(name)) this.#state.set(name, values.get(name) ?? null);
    else this.#declared.add(name);
    return [name, this.#state.get(name) ?? null];
  }

  #setEnv(name: string, value: Value): void {
    this.#state.set(name, value);
    this.#env.set(name, value);
  }
}
