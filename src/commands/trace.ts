import { MsbDepsError, reasonOf } from "../base/errors.ts";
import { closureOf } from "../debian/closure.ts";
import { aptWord } from "../debian/words.ts";
import { joinTraces } from "../proof/trace/joined.ts";
import type { Trace } from "../proof/trace/model.ts";
import { neededPackages } from "../proof/trace/packages.ts";
import { divided, type TraceReport, traceVerdict } from "../proof/trace/result.ts";
import { hold, openConfigs } from "./config/hold.ts";
import type { Io, RunOptions, ShowOptions } from "./options.ts";
import { readToEnd } from "./read-given.ts";
import { obtainRun } from "./run.ts";
import { type Observation, observe, withPackages } from "./trace/observe.ts";
import type { TraceOptions } from "./trace/options.ts";
import { readTrace, writeTrace } from "./trace/saved-trace.ts";
import { checkBuildable, withWork } from "./verify/open-work.ts";
import type { BuildWork } from "./verify/work.ts";
import { writeAs } from "./write-result.ts";

/** `msb-deps trace`: a command run in the builder and in the image with the line, and the packages behind what it opens. */
export async function traceCommand(given: RunOptions, own: TraceOptions, show: ShowOptions, io: Io): Promise<number> {
  const { options } = await hold(given, { configs: openConfigs(given, io) });
  checkBuildable("trace", options);
  const saved = await Promise.all(own.fromTrace.map((path) => readTrace(path, io.signal)));
  const isReplay = saved.length > 0 && own.command.length === 0;
  const stdin = own.stdin && !isReplay ? await readInput(io) : new Uint8Array();
  const run = await obtainRun(options, show, io);
  const { report, trace } = await withWork("trace", run, { options, show, io }, (work) =>
    isReplay ? replay(work, own, saved) : observe(work, own, stdin, saved),
  );
  if (own.saveTrace !== null) await writeTrace(own.saveTrace, trace);
  await writeAs("trace", report, show, io);
  if (!report.analysis.complete) return 2;
  return { proved: 0, refuted: 1, open: 2 }[traceVerdict(report.trace)];
}

/** What saved traces say of the line of this Dockerfile; nothing is run. */
async function replay(work: BuildWork, own: TraceOptions, saved: readonly Trace[]): Promise<Observation> {
  const trace = joinTraces(saved);
  const added = own.addObserved
    ? divided(trace.paths, broughtBy(work)).needed.filter((one) => neededPackages(one.paths).length > 0)
    : [];
  const current = added.length === 0 ? work : await withPackages(work, added);
  const { analysis } = current.examination;
  const report: TraceReport = {
    analysis,
    trace: {
      ...{ command: null, full: null, lean: null, leanBefore: null, saved: trace.runs },
      ...divided(trace.paths, broughtBy(current)),
      ...{ added, lineBefore: work.examination.analysis.install, line: analysis.install },
      unseen: [...new Set(trace.runs.flatMap(({ unseen }) => unseen))].sort(),
      loaderOnly: null,
    },
  };
  return { report, trace };
}

/** The packages that base and line bring, as far as their dependencies are known. */
function broughtBy({ examination: { answer, scene } }: BuildWork): ReadonlySet<string> {
  const { base, known, reduction } = answer;
  const keys = [...base.all.keys(), ...closureOf(reduction.install, { base, known }).must];
  return new Set(keys.flatMap((key) => aptWord(key, scene.architecture) ?? []));
}

/** What both runs of the command get; kept in memory. */
const MAX_INPUT = 64 * 2 ** 20;

async function readInput({ stdin, signal }: Io): Promise<Uint8Array> {
  try {
    return await readToEnd(stdin, MAX_INPUT, signal);
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new MsbDepsError("usage", `standard input cannot be passed on: ${reasonOf(cause)}.`, {
      hint: "Mount a file with --volume, and have the command read it.",
      cause,
    });
  }
}
