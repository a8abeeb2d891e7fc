import { basename, below } from "../base/paths.ts";
import { type ContextSources, contextPath, runtimeCopies } from "../dockerfile/context-sources.ts";
import type { BuildPlan, CopyInstruction } from "../dockerfile/plan.ts";
import { type ScriptCalls, scriptCalls } from "../dockerfile/script-calls.ts";
import { isShellScript, readShebang, SHEBANG_BYTES } from "../snapshot/shebang.ts";
import type { FileFact } from "../snapshot/snapshot.ts";
import type { ArtifactFile } from "./artifact-files.ts";

/** A shell script that the runtime stage has, read whole. */
export interface RuntimeScript extends ScriptCalls {
  /** Where it was read: in the builder, in the build context; of a here-document where it goes. */
  readonly path: string;
  readonly text: string;
}

/** The scripts of the runtime stage. */
export interface RuntimeScripts {
  readonly read: readonly RuntimeScript[];
  /** No other file that is copied there could be a script: all of them were looked at, and each script is among these. */
  readonly complete: boolean;
}

/** Reads the scripts among the artifacts, and those that the runtime stage copies from the build context. */
export function runtimeScripts(
  plan: BuildPlan | null,
  sources: ContextSources,
  artifacts: readonly ArtifactFile[],
): RuntimeScripts {
  const inBuilder = artifacts.filter(({ kind }) => kind === "script").map(({ fact }) => readOnce(fact));
  const copied = plan === null ? [] : runtimeCopies(plan).flatMap((copy) => scriptsOf(copy, sources));
  const all = [...inBuilder, ...copied];
  const complete = plan?.notLookedAt.length === 0 && looksAtAll(plan) && !all.includes(null);
  return { read: all.filter((script) => script !== null), complete };
}

/** Whether the artifacts are all that is copied from the builders: the command line may name less. */
function looksAtAll({ artifacts, copies }: BuildPlan): boolean {
  const own = copies.filter(({ line }) => line > 0);
  return own.every(({ source, stage }) =>
    artifacts.some((root) => root.stage === stage && below(root.path, source) !== null),
  );
}

/** The scripts that a COPY brings from the context; null stands for what is not known, or is no script of a shell. */
function scriptsOf(copy: CopyInstruction, sources: ContextSources): (RuntimeScript | null)[] {
  if (copy.from !== null) return "stage" in copy.from ? [] : [null];
  const named = copy.sources.flatMap((source) => {
    const path = contextPath(source);
    const found = path !== null && Object.hasOwn(sources, path) ? sources[path] : undefined;
    if (found === undefined) return [null];
    const scripts = Object.entries(found.scripts).map(([file, text]) => readScript(file, text));
    return found.others ? [...scripts, null] : scripts;
  });
  return [...named, ...copy.inline.map((text) => readScript(copy.destination ?? "a here-document", text))];
}

function wholeText({ ranges, size }: FileFact): string | null {
  const [first] = ranges ?? [];
  if (first === undefined || first[0] !== 0) return null;
  const bytes = Buffer.from(first[1], "base64");
  const text = bytes.toString("utf8");
  return bytes.length < size || text.includes("\uFFFD") ? null : text;
}

const memory = new WeakMap<FileFact, RuntimeScript | null>();

function readOnce(fact: FileFact): RuntimeScript | null {
  const known = memory.get(fact);
  const script = known === undefined ? readScript(fact.path, wholeText(fact)) : known;
  memory.set(fact, script);
  return script;
}

function readScript(path: string, text: string | null): RuntimeScript | null {
  const head = text?.slice(0, SHEBANG_BYTES) ?? "";
  if (text === null || !isShellScript(head)) return null;
  const shebang = readShebang(head);
  const shell = basename(shebang?.looksUp ?? shebang?.interpreter ?? "");
  return new ScriptOfShell(path, text, shell);
}

/** Parsed when its calls are asked for: of a large image, only few questions depend on them. */
class ScriptOfShell implements RuntimeScript {
  readonly path: string;
  readonly text: string;
  readonly #shell: string;
  #parsed: ScriptCalls | null = null;

  constructor(path: string, text: string, shell: string) {
    this.path = path;
    this.text = text;
    this.#shell = shell;
  }

  get calls(): ScriptCalls["calls"] {
    return this.#read().calls;
  }

  get certain(): boolean {
    return this.#read().certain;
  }

  get runsArguments(): ScriptCalls["runsArguments"] {
    return this.#read().runsArguments;
  }

  get sources(): ScriptCalls["sources"] {
    return this.#read().sources;
  }

  #read(): ScriptCalls {
    this.#parsed ??= scriptCalls(this.text, this.#shell);
    return this.#parsed;
  }
}

/** Where a script calls one of some programs, as `path:line`, or null. */
export function callIn(scripts: RuntimeScripts, isMeant: (program: string) => boolean): string | null {
  for (const { path, calls } of scripts.read) {
    const call = calls.find(({ program }) => isMeant(program));
    if (call !== undefined) return `${path}:${call.line}`;
  }
  return null;
}
