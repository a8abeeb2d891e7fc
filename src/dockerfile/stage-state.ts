import { pathInWorkdir, withoutSlash } from "../base/paths.ts";
import type { ShellContext } from "./command-reader.ts";
import { contextPathsOf, type Step } from "./context-paths.ts";
import { isCommonFolder } from "./copy.ts";
import type { ParsedDockerfile, ParsedInstruction } from "./parse.ts";
import type { StageScope, VariableStep } from "./scope.ts";

/** Asks for the text of a file of the build context, by its path there; null where it is not known (yet). */
export type ContextFile = (path: string) => string | null;

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
  /** What happened to files so far, for lists of packages in them. */
  readonly steps: Step[];
  readonly #folders: Set<string>;
  readonly #contextFile: ContextFile;

  constructor(init: {
    parsed: ParsedDockerfile;
    names: readonly (string | null)[];
    index: number;
    scope: StageScope;
    parent: StageState | null;
    workdir: string | null;
    contextFile: ContextFile;
  }) {
    this.parsed = init.parsed;
    this.names = init.names;
    this.index = init.index;
    this.scope = init.scope;
    this.workdir = init.parent === null ? init.workdir || "/" : init.parent.workdir;
    this.workdirAssumed = init.parent === null ? init.workdir === null : init.parent.workdirAssumed;
    this.shell = init.parent?.shell ?? DEFAULT_SHELL;
    this.steps = [...(init.parent?.steps ?? [])];
    this.#contextFile = init.contextFile;
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
    const fileText = (path: string): string | null => this.#fileText(path);
    return { lineOf: this.parsed.lineOf, lookup: this.scope.lookup, shell: this.shell, fileText };
  }

  #fileText(path: string): string | null {
    if (!path.startsWith("/") && (this.workdir === null || this.workdirAssumed)) return null;
    const paths = contextPathsOf(pathInWorkdir(this.workdir ?? "/", path), this.steps);
    // All are asked for, so that who collects files hears of each.
    return paths.map((one) => this.#contextFile(one)).find((text) => text !== null) ?? null;
  }
}
