import { audit, reaches } from "../audit/audit.ts";
import { auditFacts } from "../audit/facts.ts";
import type { AuditInput } from "../audit/input.ts";
import { MsbDepsError } from "../base/errors.ts";
import { finishPaced, type Steps } from "../base/steps.ts";
import { parseDockerfile } from "../dockerfile/parse.ts";
import { type AuditReport, tellAudit } from "../report/findings.ts";
import { fixSubject, isChange } from "./audit-fix.ts";
import { noRuntime, staticSubject, withoutBuild } from "./audit-static.ts";
import type { AuditOptions, Subject } from "./audit-subject.ts";
import { readDockerfile } from "./dockerfile-input.ts";
import type { Io, RunOptions, ShowOptions } from "./options.ts";
import { shippedTables } from "./shipped-tables.ts";
import { builderPlace } from "./sources/places.ts";
import { writeAs } from "./write-result.ts";

/** `msb-deps audit`: what the runtime stage installs and copies, held against what it needs. */
export async function auditCommand(options: RunOptions, own: AuditOptions, show: ShowOptions, io: Io): Promise<number> {
  const seen = await subjectOf(options, own, show, io);
  const report = "report" in seen ? seen.report : await reportOn(seen, own, show, io);
  if (!show.quiet) tellAudit(report, io.messages);
  const outputs = show.outputs.filter(({ format }) => !isChange(own.fix, format));
  await writeAs("audit", report, { ...show, outputs }, io);
  if (report.analysis?.complete === false) return 2;
  return reaches(own.failureThreshold, report.audit.findings) ? 1 : 0;
}

async function reportOn(subject: Subject, own: AuditOptions, show: ShowOptions, io: Io): Promise<AuditReport> {
  if (own.fix !== null) return fixSubject(subject, own.fix, show, io);
  const input = await finishPaced(subject.look(subject.text), io.signal);
  return { file: subject.file, kind: "dockerfile", analysis: input.analysis, audit: audit(input) };
}

/** The Dockerfile to look at; of an image without one the whole report. */
async function subjectOf(
  options: RunOptions,
  own: AuditOptions,
  show: ShowOptions,
  io: Io,
): Promise<Subject | { readonly report: AuditReport }> {
  const isGiven = builderPlace(options) !== null;
  if (isGiven && options.dockerfile === null && options.snapshot === null) {
    if (own.fix !== null) throw nothingToFix();
    const { seeImage, imageReport } = await import("./audit-image.ts");
    return { report: await imageReport(await seeImage(options, own, show, io), options, io.signal) };
  }
  return own.noBuild ? staticSubject(options, io) : builtSubject(options, own, show, io);
}

async function builtSubject(
  options: RunOptions,
  own: AuditOptions,
  show: ShowOptions,
  io: Io,
): Promise<Subject | { readonly report: AuditReport }> {
  const [{ examination }, { inputOf, obtainRun }] = await Promise.all([
    import("../analysis/analyze.ts"),
    import("./run.ts"),
  ]);
  if (options.dockerfile === null && options.snapshot === null) {
    throw new MsbDepsError("usage", "no Dockerfile given to audit.", {
      hint: "Pass one, or audit a whole image with --image REF, --oci PATH or --rootfs DIR.",
    });
  }
  const dockerfile =
    options.snapshot !== null || options.dockerfile === null
      ? null
      : await readDockerfile(options, io.stdin, io.signal);
  const unbuilt = dockerfile === null ? null : await withoutBuild(dockerfile, options);
  if (unbuilt !== null) return unbuilt;
  const run = await obtainRun(options, show, io, dockerfile);
  if (run.dockerfile === null) {
    if (own.fix !== null) throw nothingToFix();
    const { imageReport } = await import("./audit-image.ts");
    return { report: await imageReport(run, options, io.signal) };
  }
  const tables = shippedTables();
  const look = function* (dockerfile: string): Steps<AuditInput> {
    const input = inputOf({ ...run, dockerfile }, options);
    if (input.plan?.runtime == null) throw noRuntime();
    const examined = yield* examination(input);
    const facts = auditFacts(tables, input, examined);
    const { allowEmpty: emptyIsRight } = options;
    return {
      parsed: parseDockerfile(dockerfile),
      plan: input.plan,
      analysis: examined.analysis,
      facts,
      emptyIsRight,
    };
  };
  const path = await pathOf(options);
  const file = options.dockerfile === null ? "Dockerfile" : (path ?? "-");
  // A saved run was planned with the arguments of its own command line.
  return { text: run.dockerfile, file, path, buildArgs: run.choice.buildArgs, look };
}

function nothingToFix(): MsbDepsError {
  return new MsbDepsError("usage", "no Dockerfile given to fix, only an image.", {
    hint: "Pass the Dockerfile: --image, --oci or --rootfs then replaces the build of its builder stage.",
  });
}

/** The file that findings name: the Dockerfile itself where its folder was given. */
async function pathOf(options: RunOptions): Promise<string | null> {
  if (options.dockerfile === "-" || options.dockerfile === null) return null;
  const { findDockerfile } = await import("./dockerfile-input.ts");
  return findDockerfile(options.dockerfile);
}
