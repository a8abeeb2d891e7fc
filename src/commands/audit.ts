import { audit, reaches } from "../audit/audit.ts";
import { auditFacts } from "../audit/facts.ts";
import type { AuditInput } from "../audit/input.ts";
import { MsbDepsError } from "../base/errors.ts";
import { makePlan } from "../dockerfile/make-plan.ts";
import { parseDockerfile } from "../dockerfile/parse.ts";
import { AUDIT_FORMATS, type AuditReport, tellAudit } from "../report/findings.ts";
import { fixSubject } from "./audit-fix.ts";
import type { AuditOptions, Subject } from "./audit-subject.ts";
import { requireArtifacts } from "./checks.ts";
import { contextFiles } from "./context-files.ts";
import { contextSources } from "./context-scripts.ts";
import { readDockerfile } from "./dockerfile-input.ts";
import type { Io, RunOptions, ShowOptions } from "./options.ts";
import { planOptions } from "./plan.ts";
import { shippedTables } from "./shipped-tables.ts";
import { builderPlace } from "./sources/places.ts";
import { kindOf, writeResult } from "./write-result.ts";

/** `msb-deps audit`: what the runtime stage installs and copies, held against what it needs. */
export async function auditCommand(options: RunOptions, own: AuditOptions, show: ShowOptions, io: Io): Promise<number> {
  const seen = await subjectOf(options, own, show, io);
  const report = "report" in seen ? seen.report : await reportOn(seen, own, show, io);
  if (!show.quiet) tellAudit(report, io.messages);
  if (own.fix === null || own.fix.result === "file" || show.format === "json")
    await writeResult(AUDIT_FORMATS[show.format]?.(report) ?? "", kindOf(show.format), show, io);
  if (report.analysis?.complete === false) return 2;
  return reaches(own.failureThreshold, report.audit.findings) ? 1 : 0;
}

async function reportOn(subject: Subject, own: AuditOptions, show: ShowOptions, io: Io): Promise<AuditReport> {
  if (own.fix !== null) return fixSubject(subject, own.fix, show, io);
  const input = subject.look(subject.text);
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
    return { report: imageReport(await seeImage(options, own, show, io), options) };
  }
  return own.noBuild ? staticSubject(options, io) : builtSubject(options, own, show, io);
}

/** The Dockerfile alone. Nothing of the engine is loaded: editors and commit hooks wait for this. */
async function staticSubject(options: RunOptions, io: Io): Promise<Subject> {
  refuseLooks(options);
  const { bytes, path, contextDir } = await readDockerfile(options, io.stdin, io.signal);
  const dockerfile = Buffer.from(bytes).toString("utf8");
  const files = await contextFiles(dockerfile, planOptions(options), contextDir);
  const planned = (text: string) => makePlan(parseDockerfile(text), planOptions({ ...options, contextFiles: files }));
  const sources = await contextSources(planned(dockerfile), contextDir);
  const tables = shippedTables();
  const look = (text: string): AuditInput => {
    const plan = planned(text);
    return { parsed: parseDockerfile(text), plan, analysis: null, facts: auditFacts(tables, plan, null, sources) };
  };
  return { text: dockerfile, file: path ?? "-", path, buildArgs: options.buildArgs, look };
}

/** What is ignored in silence would be taken for looked at. */
function refuseLooks(options: RunOptions): void {
  const { image, rootfs, oci, runtimeOci, runtimeRootfs, online, snapshot, saveSnapshot } = options;
  const looks = { image, rootfs, oci, runtimeOci, runtimeRootfs, online, snapshot, saveSnapshot };
  const given = Object.entries(looks).filter(([, value]) => value !== null && value !== false);
  if (given.length === 0) return;
  const flags = given.map(([name]) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
  throw new MsbDepsError("usage", `--no-build reads the Dockerfile alone, and ${flags.join(", ")} would do more.`, {
    hint: "Leave one of them out.",
  });
}

async function builtSubject(
  options: RunOptions,
  own: AuditOptions,
  show: ShowOptions,
  io: Io,
): Promise<Subject | { readonly report: AuditReport }> {
  const [{ analyze }, { inputOf, obtainRun }] = await Promise.all([
    import("../analysis/analyze.ts"),
    import("./run.ts"),
  ]);
  if (options.dockerfile === null && options.snapshot === null) {
    throw new MsbDepsError("usage", "no Dockerfile is named to audit.", {
      hint: "Name one. A whole image is audited with --image REF, --oci PATH or --rootfs DIR.",
    });
  }
  const run = await obtainRun(options, show, io);
  if (run.dockerfile === null) {
    if (own.fix !== null) throw nothingToFix();
    const { imageReport } = await import("./audit-image.ts");
    return { report: imageReport(run, options) };
  }
  const tables = shippedTables();
  const look = (dockerfile: string): AuditInput => {
    const input = inputOf({ ...run, dockerfile }, options);
    if (input.plan?.runtime == null) throw noRuntime();
    const analysis = analyze(input);
    requireArtifacts(analysis, options.allowEmpty);
    const facts = auditFacts(tables, input.plan, input);
    return { parsed: parseDockerfile(dockerfile), plan: input.plan, analysis, facts };
  };
  const path = await pathOf(options);
  const file = options.dockerfile === null ? "Dockerfile" : (path ?? "-");
  // A saved run was planned with the arguments of its own command line.
  return { text: run.dockerfile, file, path, buildArgs: run.choice.buildArgs, look };
}

function noRuntime(): MsbDepsError {
  return new MsbDepsError("usage", "there is no runtime stage to audit.", {
    hint: "Audit a Dockerfile with two stages, or name the stage with --runtime; --no-build takes any file.",
  });
}

function nothingToFix(): MsbDepsError {
  return new MsbDepsError("usage", "there is no Dockerfile to fix, only an image.", {
    hint: "Name the Dockerfile; --image, --oci or --rootfs then stands in for the build of its builder stage.",
  });
}

/** The file that findings name: the Dockerfile itself where its folder was given. */
async function pathOf(options: RunOptions): Promise<string | null> {
  if (options.dockerfile === "-" || options.dockerfile === null) return null;
  const { findDockerfile } = await import("./dockerfile-input.ts");
  return findDockerfile(options.dockerfile);
}
