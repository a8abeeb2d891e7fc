import { goMatch, hasWildcards } from "../base/go-patterns.ts";
import { basename, below, joinPath, pathInWorkdir, withoutSlash, withSlash } from "../base/paths.ts";
import { isCommonFolder } from "./copy.ts";
import type { CopyInstruction, CopyMapping, RunInstruction, Stage } from "./plan.ts";

// Hop stages that copy from hop stages multiply the mappings; beyond this the stage itself is looked at.
const MAX_MAPPINGS = 1_000;

/**
 * Follows a mapping back through hop stages: where all that a hop stage holds below the source was copied there from
 * another stage, the mapping begins in that one. Where that is not certain (a RUN may have changed the files, a base
 * image may hold some of its own) the hop stage stays the place to look.
 */
export function traceMapping(stages: readonly Stage[], mapping: CopyMapping, room = MAX_MAPPINGS): CopyMapping[] {
  const hop = stages[mapping.stage];
  if (room < 1 || hop === undefined || mapping.pivot !== null || mapping.exclude.length > 0) return [mapping];
  const steps = hopSteps(hop, mapping);
  if (steps === null || steps.length === 0 || steps.length > room) return [mapping];
  return steps.flatMap((step) => traceMapping(stages, step, Math.floor(room / steps.length)));
}

/** The mappings that replace one from a hop stage, or null where it is not certain that they are all. */
function hopSteps(hop: Stage, mapping: CopyMapping): CopyMapping[] | null {
  const source = withoutSlash(mapping.source);
  const steps: HopStep[] = [];
  for (const instruction of hop.instructions) {
    if (instruction.kind === "run" && !isHarmless(instruction, steps.length > 0)) return null;
    if (instruction.kind !== "copy") continue;
    if (instruction.destination === null) return null;
    for (const from of instruction.sources) {
      const step = hopStep(instruction, from, source, mapping);
      if (step === "unclear") return null;
      if (step !== "elsewhere") steps.push(step);
    }
  }
  // Next to what was copied the base may hold files of its own; a file that was copied by name is the one.
  if (baseMayHold(hop, source) && steps.some((step) => step.certainty !== "named")) return null;
  const named = steps.filter((step) => step.certainty !== "folder");
  if (named.some((step) => step.certainty === "named")) return named.map((step) => step.mapping);
  return steps.length - named.length > 1 ? null : steps.map((step) => step.mapping);
}

const DISTRIBUTION = /^(docker\.io\/)?(library\/)?(debian|ubuntu)(:|@|$)/;
// Folders that Debian and Ubuntu leave to their users, empty in every base image.
const LEFT_ALONE = /^\/(opt|srv|mnt|media|tmp|home|usr\/local\/(bin|etc|games|include|lib|libexec|sbin|share|src))\/./;

/** Whether the base of a stage may hold files at or below a path. */
function baseMayHold({ from, parent }: Stage, path: string): boolean {
  if (parent !== null || from === null) return true;
  if (from === "scratch") return false;
  const top = path.split("/", 2).join("/");
  return !DISTRIBUTION.test(from) || (isCommonFolder(top === "" ? "/" : top) && !LEFT_ALONE.test(path));
}

interface HopStep {
  readonly mapping: CopyMapping;
  /**
   * `whole`: all of the hop's COPY is taken on · `named`: the one file or folder that the hop brought under this name ·
   * `folder`: a path inside of what the hop copied, which then has to be a folder that holds it.
   */
  readonly certainty: "whole" | "named" | "folder";
}

// Programs that change no file's contents and take none away, and those that do no harm before the files are there.
const HARMLESS: ReadonlySet<string> = new Set(
  "apt apt-get apt-mark adduser addgroup chgrp chmod chown echo groupadd ldconfig mkdir strip test update-ca-certificates useradd [".split(
    " ",
  ),
);
const HARMLESS_BEFORE: ReadonlySet<string> = new Set(["rm", "dpkg", "find", "locale-gen", "ln", "usermod"]);

function isHarmless(run: RunInstruction, copied: boolean): boolean {
  if (!run.understood) return false;
  const names = run.programs.map(basename);
  return names.every((name) => HARMLESS.has(name) || (!copied && HARMLESS_BEFORE.has(name)));
}

/** One source of a COPY in the hop stage, put together with the mapping that takes it on. */
function hopStep(
  copy: CopyInstruction,
  from: string | null,
  wanted: string,
  mapping: CopyMapping,
): HopStep | "elsewhere" | "unclear" {
  const destination = withoutSlash(copy.destination ?? "/");
  const inWanted = below(wanted, destination);
  const inDestination = below(destination, wanted);
  if (inWanted === null && inDestination === null && !wildcardMeets(wanted, destination)) return "elsewhere";
  // Files of the build context are not looked at in a runtime stage either.
  if (copy.from === null) return copy.keyword === "ADD" ? "unclear" : "elsewhere";
  if (!("stage" in copy.from) || from === null || copy.parents) return "unclear";
  const stage = copy.from.stage;
  const source = withoutSlash(pathInWorkdir("/", from));
  if (inWanted !== null) {
    return { mapping: wholeDestination(copy, { stage, source }, inWanted, mapping), certainty: "whole" };
  }
  if (copy.exclude.length > 0 || inDestination === null) return "unclear";
  const inner = innerSource(copy, source, inDestination);
  if (inner === null) return "unclear";
  const renamed = hasWildcards(wanted) || basename(inner.path) === basename(wanted) ? null : basename(wanted);
  return {
    mapping: { ...mapping, stage, source: inner.path, fileName: mapping.fileName ?? renamed },
    certainty: inner.certainty,
  };
}

/** The hop's COPY lies at or below what is taken on: its whole source goes to a place below the destination. */
function wholeDestination(
  copy: CopyInstruction,
  from: { stage: number; source: string },
  inWanted: string,
  mapping: CopyMapping,
): CopyMapping {
  const several = copy.sources.length > 1;
  const common = { ...mapping, ...from, several, exclude: copy.exclude, chmod: mapping.chmod ?? copy.chmod };
  if (inWanted === "" && !copy.destinationFolder && !several) {
    // A file would have been renamed by the hop, a folder not.
    return { ...common, fileName: mapping.fileName ?? basename(copy.destination ?? "/") };
  }
  const destination = joinPath(mapping.destination, inWanted);
  const folder = copy.destinationFolder || several;
  return {
    ...common,
    destination: folder ? withSlash(destination) : destination,
    destinationFolder: folder,
    fileName: null,
  };
}

/** The path in the hop's source that became a path below the hop's destination; null where it is not certain. */
function innerSource(
  copy: CopyInstruction,
  source: string,
  rest: string,
): { path: string; certainty: "named" | "folder" } | null {
  if (hasWildcards(source)) {
    const folder = source.slice(0, source.lastIndexOf("/"));
    const path = `${folder}/${rest}`;
    const fits = !hasWildcards(folder) && !rest.includes("/") && goMatch(source, path);
    return fits ? { path, certainty: "named" } : null;
  }
  const intoFolder = copy.destinationFolder || copy.sources.length > 1;
  if (intoFolder && basename(source) === rest) return { path: source, certainty: "named" };
  if (intoFolder && hasWildcards(rest)) return null;
  return { path: joinPath(source, rest), certainty: "folder" };
}

/** Whether a source with wildcards may reach into a folder. */
function wildcardMeets(wanted: string, destination: string): boolean {
  if (!hasWildcards(wanted)) return false;
  const literal = wanted.slice(0, wanted.search(/[*?[\\]/));
  const folder = literal.slice(0, literal.lastIndexOf("/")) || "/";
  return below(folder, destination) !== null || below(destination, folder) !== null;
}
