import { pathInWorkdir, withoutSlash } from "../base/paths.ts";
import type {
  CopyFrom,
  CopyInstruction,
  CopyMapping,
  Instruction,
  NotLookedAt,
  RunInstruction,
  Stage,
} from "./plan.ts";
import { traceMapping } from "./trace.ts";

// Each mapping is held against every COPY of its hop stage; a file with more than this is not written by hand.
const MAX_TRACED = 500;

/** What a stage's own instructions bring in from other stages, hops followed, and what is left aside. */
export function ownMappings(
  stages: readonly Stage[],
  stage: Stage,
): { mappings: CopyMapping[]; notLookedAt: NotLookedAt[] } {
  const mappings: CopyMapping[] = [];
  const notLookedAt: NotLookedAt[] = [];
  for (const [index, instruction] of stage.instructions.entries()) {
    if (instruction.kind === "run") {
      const mounted = mountMappings(instruction);
      for (const mapping of mounted) mappings.push(...traceMapping(stages, mapping));
      const names = new Set(instruction.stageMounts.map(({ name }) => name));
      for (const from of instruction.mountsFrom)
        if (!names.has(from)) notLookedAt.push({ from, line: instruction.line, reason: "mount" });
    }
    if (instruction.kind !== "copy") continue;
    const ldconfigAfter = stage.instructions.slice(index + 1).some(refreshesCache);
    const read = readCopy(stages, instruction, ldconfigAfter);
    notLookedAt.push(...read.notLookedAt);
    const room = read.mappings.length + mappings.length > MAX_TRACED ? 0 : undefined;
    for (const mapping of read.mappings) mappings.push(...traceMapping(stages, mapping, room));
  }
  return { mappings, notLookedAt };
}

/** What a RUN mounts of other stages, as if it were copied: it installs from there. */
function mountMappings({ stageMounts, line }: RunInstruction): CopyMapping[] {
  return stageMounts.map(({ stage, source, target }) => ({
    ...{ stage, source, destination: target, line, mounted: true as const },
    ...{ several: false, fileName: null, destinationFolder: false, link: false, pivot: null, exclude: [], chmod: null },
    ...{ ldconfigAfter: false, assumed: false, explicit: false },
  }));
}

/** ldconfig runs by itself after an installation: libc-bin's trigger. */
function refreshesCache(instruction: Instruction): boolean {
  return instruction.kind === "run" && (instruction.callsLdconfig || instruction.installsPackages);
}

function readCopy(
  stages: readonly Stage[],
  copy: CopyInstruction,
  ldconfigAfter: boolean,
): { mappings: CopyMapping[]; notLookedAt: NotLookedAt[] } {
  const { line, destination } = copy;
  const none = (from: string, reason: NotLookedAt["reason"]) => ({
    mappings: [],
    notLookedAt: [{ from, line, reason }],
  });
  if (copy.from === null) {
    const remote = copy.keyword === "ADD" ? copy.sources.filter((source) => source !== null && isRemote(source)) : [];
    return { mappings: [], notLookedAt: remote.map((from) => ({ from: from ?? "", line, reason: "url" as const })) };
  }
  const name = nameOf(stages, copy.from);
  if (!("stage" in copy.from)) return none(name, "image" in copy.from ? "image" : "unresolved");
  if (destination === null) return none(name, "unresolved");
  const { stage } = copy.from;
  const unknown = copy.sources.filter((source) => source === null);
  return {
    mappings: copy.sources
      .filter((source) => source !== null)
      .map((source) => ({ ...mappingOf(copy, source), stage, destination, ldconfigAfter })),
    notLookedAt: unknown.map(() => ({ from: name, line, reason: "unresolved" as const })),
  };
}

function nameOf(stages: readonly Stage[], from: CopyFrom): string {
  if ("stage" in from) return stages[from.stage]?.name ?? String(from.stage);
  return "image" in from ? from.image : from.unresolved;
}

function mappingOf(copy: CopyInstruction, text: string): Omit<CopyMapping, "stage" | "destination" | "ldconfigAfter"> {
  return {
    source: withoutSlash(pathInWorkdir("/", text)),
    several: copy.sources.length > 1,
    fileName: null,
    destinationFolder: copy.destinationFolder,
    link: copy.link,
    pivot: copy.parents ? pivotOf(text) : null,
    exclude: copy.exclude,
    chmod: copy.chmod,
    line: copy.line,
    assumed: copy.destinationAssumed,
    explicit: false,
  };
}

/** `--parents` keeps the path behind `/./`, else all of it (dockerfile2llb/convert_copy.go). */
function pivotOf(text: string): { root: string; pattern: string } {
  const at = text.indexOf("/./");
  const root = at === -1 ? "/" : withoutSlash(pathInWorkdir("/", text.slice(0, at)));
  const pattern = pathInWorkdir("/", at === -1 ? text : text.slice(at + 3));
  return { root, pattern: withoutSlash(pattern).slice(1) };
}

/** What ADD fetches: URLs and git repositories (dfgitutil, ParseGitRef). */
function isRemote(source: string): boolean {
  return /^(https?|git|ssh|ftp):\/\//i.test(source) || /^git@[^/]+:/.test(source) || source.startsWith("github.com/");
}
