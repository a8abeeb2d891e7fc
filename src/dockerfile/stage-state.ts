import { isCommonFolder } from "./copy.ts";
import type { ParsedDockerfile, ParsedInstruction } from "./parse.ts";
import { withoutSlash } from "./paths.ts";
import type { ShellContext } from "./run-facts.ts";
import type { StageScope, VariableStep } from "./scope.ts";

const DEFAULT_SHELL: readonly string[] = ["/bin/sh", "-c"];

/** What changes from one instruction of a stage to the next. */
export class StageState {
  readonly parsed: ParsedDockerfile;
  /** Names of all stages of the file, by index. */
  readonly names: readonly (string | null)[];
  readonly index: number;
  readonly scope: StageScope;
  readonly variables: VariableStep[] = [];
  /** Instructions behind ONBUILD, for stages that begin with this one. */
  readonly triggers: ParsedInstruction[] = [];
  /** The working folder; null where it depends on a value that is not known. */
  workdir: string | null;
  /** The base image's WORKDIR is not known and taken to be `/`. */
  workdirAssumed: boolean;
  shell: readonly string[];
  readonly #folders: Set<string>;

  constructor(init: {
    parsed: ParsedDockerfile;
    names: readonly (string | null)[];
    index: number;
    scope: StageScope;
    parent: StageState | null;
    workdir: string | null;
  }) {
    this.parsed = init.parsed;
    this.names = init.names;
    this.index = init.index;
    this.scope = init.scope;
    this.workdir = init.parent === null ? init.workdir || "/" : init.parent.workdir;
    this.workdirAssumed = init.parent === null ? init.workdir === null : init.parent.workdirAssumed;
    this.shell = init.parent?.shell ?? DEFAULT_SHELL;
    this.#folders = new Set(init.parent === null ? [] : init.parent.#folders);
  }

  /** Notes that a path is a folder from here on, and those above it too. */
  addFolder(path: string): void {
    const parts = withoutSlash(path).split("/");
    for (let count = parts.length; count > 1; count -= 1) this.#folders.add(parts.slice(0, count).join("/"));
  }

  isFolder(path: string): boolean {
    return path.endsWith("/") || isCommonFolder(path) || this.#folders.has(path);
  }

  get shellContext(): ShellContext {
    return { lineOf: this.parsed.lineOf, lookup: this.scope.lookup, shell: this.shell };
  }
}
