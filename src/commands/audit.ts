import { audit, reaches } from "../audit/audit.ts";
import { MsbDepsError } from "../base/errors.ts";
import { finishPaced } from "../base/steps.ts";
import { parseKey } from "../debian/words.ts";
import { usedPackages } from "../proof/trace/packages.ts";
import { type AuditReport, tellAudit } from "../report/findings.ts";
import { auditBrief, auditsSummary } from "../report/many-summary.ts";
import { fixSubject, isChange } from "./audit-fix.ts";
import { staticSubject, withoutBuild } from "./audit-static.ts";
import type { AuditOptions, Subject } from "./audit-subject.ts";
import type { Baseline } from "./baseline.ts";
import { configsOf, type Held, hold, openConfigs, showAs } from "./config/hold.ts";
import { readDockerfile } from "./dockerfile-input.ts";
import type { Target } from "./files/target.ts";
import type { Many, ManyWork, Outcome } from "./many.ts";
import type { Io, Output, RunOptions, ShowOptions } from "./options.ts";
import { builderPlace } from "./sources/places.ts";
import { requireFormats, writeAs, writeResult } from "./write-result.ts";

/** `msb-deps audit`: what the runtime stage installs and copies, held against what it needs. */
export async function auditCommand(given: RunOptions, own: AuditOptions, asked: ShowOptions, io: Io): Promise<number> {
  const held = await hold(given, { configs: openConfigs(given, io) });
  const show = showAs(asked, "audit", [held.file]);
  const baseline = await baselineOf(own, io);
  const { document, exitCode } = await auditOne(held, { own, baseline }, show, io);
  if (!show.quiet) tellAudit(document, io.messages);
  await eachOutput(show, async (output) => {
    if (isChange(own.fix, output.format)) await writeResult(changeOf(document), "verbatim", output, io);
    else await writeAs("audit", document, { ...show, outputs: [output] }, io);
  });
  await baseline?.finish();
  return exitCode;
}

/** `msb-deps audit` of many Dockerfiles, or on many platforms. */
export async function auditMany(
  many: Many,
  options: RunOptions,
  own: AuditOptions,
  asked: ShowOptions,
  io: Io,
): Promise<number> {
  const { runMany } = await import("./run-many.ts");
  const configs = openConfigs(options, io);
  const baseline = await baselineOf(own, io);
  const show = showAs(asked, "audit", await configsOf(many, configs));
  const work: ManyWork<AuditReport> = {
    run: (one, shown, at, target) => auditOne(one, { own, baseline }, shown, at, target),
    brief: auditBrief,
    summary: auditsSummary,
  };
  requireFormats("audits", show);
  const { results, exitCode } = await runMany(many, work, { options, configs }, show, io);
  await eachOutput(show, async (output) => {
    const changes = results.map(({ document }) => (document === null ? "" : changeOf(document)));
    if (isChange(own.fix, output.format)) await writeResult(changes.join(""), "verbatim", output, io);
    else await writeAs("audits", results, { ...show, outputs: [output] }, io);
  });
  await baseline?.finish();
  return exitCode;
}

async function eachOutput({ outputs }: ShowOptions, write: (output: Output) => Promise<void>): Promise<void> {
  for (const output of outputs) await write(output);
}

/** The diff or the new text that `--fix` and `--diff` came to. */
function changeOf({ fix }: AuditReport): string {
  return fix?.result.diff ?? fix?.result.text ?? "";
}

async function auditOne(
  held: Held,
  { own, baseline }: { readonly own: AuditOptions; readonly baseline: Baseline | null },
  show: ShowOptions,
  io: Io,
  target: Target | null = null,
): Promise<Outcome<AuditReport>> {
  if (own.traces.length > 0 && own.noBuild)
    throw new MsbDepsError("usage", "--trace and --no-build cannot be combined: without a build no use is judged.", {
      hint: "Omit one of them.",
    });
  const seen = await subjectOf(held, own, show, io);
  if (target?.path === null && own.fix?.result === "file") throw inOtherFile(target);
  const named = target?.path === null && "look" in seen ? { ...seen, file: target.label } : seen;
  const whole = "report" in named ? named.report : await reportOn(named, own, show, io);
  const report = baseline?.without(whole) ?? whole;
  const threshold = own.failureThreshold ?? held.failureThreshold ?? "warning";
  const isOver = reaches(threshold, report.audit.findings);
  return { document: report, exitCode: report.analysis?.complete === false ? 2 : isOver ? 1 : 0 };
}

async function baselineOf({ baseline }: AuditOptions, io: Io): Promise<Baseline | null> {
  return baseline === null ? null : (await import("./baseline.ts")).openBaseline(baseline, io);
}

async function reportOn(subject: Subject, own: AuditOptions, show: ShowOptions, io: Io): Promise<AuditReport> {
  if (own.fix !== null) return fixSubject(subject, own.fix, show, io);
  const input = await finishPaced(subject.look(subject.text), io.signal);
  return { file: subject.file, kind: "dockerfile", analysis: input.analysis, audit: audit(input) };
}

/** The Dockerfile to look at; of an image without one the whole report. */
async function subjectOf(
  held: Held,
  own: AuditOptions,
  show: ShowOptions,
  io: Io,
): Promise<Subject | { readonly report: AuditReport }> {
  const { options, policy } = held;
  const isGiven = builderPlace(options) !== null;
  if (isGiven && options.dockerfile === null && options.snapshot === null) {
    if (own.fix !== null) throw nothingToFix();
    const { seeImage, imageReport } = await import("./audit-image.ts");
    return { report: await imageReport(await seeImage(options, own, show, io), held, io.signal) };
  }
  return own.noBuild ? staticSubject({ options, policy }, io) : builtSubject(held, own, show, io);
}

async function builtSubject(
  held: Held,
  own: AuditOptions,
  show: ShowOptions,
  io: Io,
): Promise<Subject | { readonly report: AuditReport }> {
  const { options } = held;
  const [{ runSubject }, { obtainRun }] = await Promise.all([import("./audit-run.ts"), import("./run.ts")]);
  if (options.dockerfile === null && options.snapshot === null) {
    throw new MsbDepsError("usage", "no Dockerfile given to audit.", {
      hint: "Pass one, or audit a whole image with --image REF, --oci PATH or --rootfs DIR.",
    });
  }
  const dockerfile =
    options.snapshot !== null || options.dockerfile === null
      ? null
      : await readDockerfile(options, io.stdin, io.signal);
  const unbuilt = dockerfile === null || own.traces.length > 0 ? null : await withoutBuild(dockerfile, held);
  if (unbuilt !== null) return unbuilt;
  const run = await obtainRun(options, show, io, dockerfile);
  if (run.dockerfile === null) {
    if (own.fix !== null) throw nothingToFix();
    const { imageReport } = await import("./audit-image.ts");
    return { report: await imageReport(run, held, io.signal) };
  }
  const traced = await tracedPackages(own.traces, io.signal);
  return runSubject(run, run.dockerfile, held, traced);
}

function inOtherFile({ label }: Target): MsbDepsError {
  return new MsbDepsError("usage", `--fix cannot rewrite ${label}: it is part of another file.`, {
    hint: "Use --diff to see the changes.",
  });
}

/** The packages, without their architecture, that the runs of saved traces used. */
async function tracedPackages(files: readonly string[], signal: AbortSignal): Promise<ReadonlySet<string>> {
  const { readTrace } = await import("./trace/saved-trace.ts");
  const traces = await Promise.all(files.map((file) => readTrace(file, signal)));
  return new Set(traces.flatMap(({ paths }) => [...usedPackages(paths)].map((word) => parseKey(word).name)));
}

function nothingToFix(): MsbDepsError {
  return new MsbDepsError("usage", "no Dockerfile given to fix, only an image.", {
    hint: "Pass the Dockerfile: --image, --oci or --rootfs then replaces the build of its builder stage.",
  });
}
