import { examination } from "../../analysis/analyze.ts";
import type { Reason } from "../../analysis/model.ts";
import { environmentOf, pathFoldersOf } from "../../analysis/set-scene.ts";
import { MsbDepsError } from "../../base/errors.ts";
import { basename } from "../../base/paths.ts";
import { finishPaced } from "../../base/steps.ts";
import type { LeftOut } from "../../dockerfile/line-stage.ts";
import type { Image } from "../../engine/engine.ts";
import { joinTraces } from "../../proof/trace/joined.ts";
import { endsAlike, type Trace, type TracedPackage, type TracedPath } from "../../proof/trace/model.ts";
import { neededPackages } from "../../proof/trace/packages.ts";
import { divided, type RunAccount, type TraceReport } from "../../proof/trace/result.ts";
import { artifactFinder } from "../verify/artifact-asking.ts";
import { buildWithLine } from "../verify/images.ts";
import type { BuildWork } from "../verify/work.ts";
import { compared, installedWords, lookAtFound, type SeenRun, seenRun } from "./compared.ts";
import { buildFull } from "./full-image.ts";

import type { TraceOptions } from "./options.ts";
import { type CommandPlace, commandIn, runCommand } from "./run-command.ts";

/** A package that was added may look for more; so often the lean run is repeated. */
const MAX_ROUNDS = 6;

/** A report, and the trace as it is saved. */
export interface Observation {
  readonly report: TraceReport;
  readonly trace: Trace;
}

/**
 * Runs the command in the builder and in the image with the line, and compares what was found; with `--add-observed` again
 * with the packages that are missing, until nothing changes. Every image is released.
 *
 * @param saved traces of other runs, whose packages count as those of this one
 */
export async function observe(
  work: BuildWork,
  own: TraceOptions,
  stdin: Uint8Array,
  saved: readonly Trace[],
): Promise<Observation> {
  const full = await buildFull(work);
  try {
    return await compareRuns(work, own, { full, stdin, saved });
  } finally {
    await full.release();
  }
}

interface Given {
  readonly full: Image;
  readonly stdin: Uint8Array;
  readonly saved: readonly Trace[];
}

async function compareRuns(work: BuildWork, own: TraceOptions, given: Given): Promise<Observation> {
  const before = work.examination.analysis.install;
  const earlier = joinTraces(given.saved);
  let added = own.addObserved ? neededPackages(earlier.paths) : [];
  let current = added.length === 0 ? work : await withPackages(work, added);
  let full: SeenRun | null = null;
  let first: SeenRun | null = null;
  const rounds: Trace[] = [];
  let looked: Awaited<ReturnType<typeof lookAtFound>> | null = null;
  for (let round = 1; ; round += 1) {
    const { image: lean, leftOut } = await buildWithLine(current, current.examination.analysis.install);
    try {
      const place = { ...current, full: given.full, command: commandIn(lean, own, given.stdin), own, leftOut };
      full ??= await seenIn(place, given.full);
      looked ??= await lookAtFound(current, given.full, full, "builder");
      const run = await seenIn(place, lean);
      first ??= run;
      const leanImage = await lookAtFound(current, lean, full, "base");
      const alike = endsAlike(full.run.end, run.run.end);
      const paths = compared(current, { full, lean: run, fullImage: looked, leanImage, alike });
      // What an earlier round lacked stays a part of the saved trace: without it, the line would lack it again.
      rounds.push({ runs: [pairOf(place, full, run)], paths });
      const { needed, ...others } = divided(
        joinTraces([{ runs: [], paths }, ...given.saved]).paths,
        installedWords(leanImage),
      );
      const fresh = needed.filter((one) => !added.some((other) => other.package === one.package));
      if (!own.addObserved || fresh.length === 0 || round === MAX_ROUNDS) {
        const { analysis } = current.examination;
        return {
          trace: joinTraces([...rounds, ...given.saved]),
          report: {
            analysis,
            trace: {
              ...{ command: place.command.argv, full: accountOf(full), lean: accountOf(run), saved: earlier.runs },
              leanBefore: first === run ? null : first.run.end,
              ...{ needed, ...others, added, lineBefore: before, line: analysis.install },
              unseen: [...new Set([...full.run.unseen, ...run.run.unseen])].sort(),
              loaderOnly: full.run.loaderOnly ?? run.run.loaderOnly,
            },
          },
        };
      }
      added = [...added, ...fresh];
    } finally {
      await lean.release();
    }
    current = await withPackages(work, added);
  }
}

async function seenIn(place: CommandPlace & { readonly leftOut: readonly LeftOut[] }, image: Image): Promise<SeenRun> {
  try {
    return seenRun(await runCommand(place, image), place.own.volumes);
  } catch (error) {
    throw explained(error, place.leftOut);
  }
}

function pairOf({ command }: CommandPlace, full: SeenRun, lean: SeenRun): Trace["runs"][number] {
  const unseen = [...new Set([...full.run.unseen, ...lean.run.unseen])].sort();
  return { command: command.argv, full: full.run.end, lean: lean.run.end, unseen };
}

function accountOf({ run, seen }: SeenRun): RunAccount {
  const programs = new Set(run.accesses.map(({ by }) => by));
  const { end, output, probeOutput } = run;
  return { ...end, programs: programs.size, paths: seen.size, output, probeOutput };
}

/** The work with packages that a run showed to be needed in its line. */
export async function withPackages(work: BuildWork, packages: readonly TracedPackage[]): Promise<BuildWork> {
  const input = { ...work.input, observed: reasonsOf(work, packages) };
  return { ...work, input, examination: await finishPaced(examination(input), work.signal) };
}

/** As reasons, by key; each with the file that shows it best. */
function reasonsOf(work: BuildWork, packages: readonly TracedPackage[]): ReadonlyMap<string, readonly Reason[]> {
  const { base, plan, examination: examined } = work;
  const folders = pathFoldersOf(environmentOf(plan, base?.config.env ?? []));
  const artifactOf = artifactFinder(examined, folders);
  const { answer, scene } = examined;
  return new Map(
    packages.flatMap(({ package: word, paths }) => {
      const shown = bestPath(paths);
      if (shown === null) return [];
      const [by = shown.path] = shown.by;
      const chain = [{ soname: basename(shown.path), path: shown.path }];
      const same = answer.known
        .named(word.split(":")[0] ?? word)
        .find(({ architecture }) => architecture === "all" || architecture === scene.architecture);
      const key = word.includes(":") ? word : (same?.key ?? `${word}:${scene.architecture}`);
      return [[key, [{ artifact: artifactOf(by), kind: "observed" as const, chain }]] as const];
    }),
  );
}

/** The path that is the reason: of the weightiest verdict the first. */
export function bestPath(paths: readonly TracedPath[]): TracedPath | null {
  const verdicts = ["required", "used", "probed"] as const;
  for (const verdict of verdicts) {
    const found = paths.find((one) => one.verdict === verdict);
    if (found !== undefined) return found;
  }
  return paths[0] ?? null;
}

/** A RUN that was left out may have made the user. */
function explained(error: unknown, leftOut: readonly LeftOut[]): unknown {
  const user = error instanceof MsbDepsError ? /unable to find user ([^\s:]+)/.exec(error.message)?.[1] : undefined;
  const runs = leftOut.filter(({ keyword }) => keyword === "RUN").map(({ line }) => `line ${line}`);
  if (user === undefined || runs.length === 0) return error;
  return new MsbDepsError("run-failed", `cannot run the command: the image with the line has no user ${user}.`, {
    hint: `The image is built without the RUN in ${runs.join(", ")}, which may create it. Name another user with --user, as in --user 1000.`,
    cause: error,
  });
}
