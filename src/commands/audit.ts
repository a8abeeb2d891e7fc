import { audit, reaches } from "../audit/audit.ts";
import { auditFacts } from "../audit/facts.ts";
import type { Severity } from "../audit/finding.ts";
import type { Io, RunOptions, ShowOptions } from "../config.ts";
import { makePlan } from "../dockerfile/make-plan.ts";
import { parseDockerfile } from "../dockerfile/parse.ts";
import { MsbDepsError } from "../errors.ts";
import { shippedTables } from "../mappings.ts";
import { AUDIT_FORMATS, type AuditReport, auditSummary } from "../report/findings.ts";
import { requireArtifacts } from "./checks.ts";
import { readDockerfile } from "./dockerfile-input.ts";
import { parsePlatform } from "./plan.ts";
import { writeResult, writeStream } from "./write-result.ts";

/** What `audit` takes beside the options of every run. */
export interface AuditOptions {
  /** Only the rules that need no build. */
  readonly noBuild: boolean;
  readonly failureThreshold: Severity | "none";
}

/** `msb-deps audit`: what the runtime stage installs and copies, held against what it needs. */
export async function auditCommand(options: RunOptions, own: AuditOptions, show: ShowOptions, io: Io): Promise<number> {
  const report = await reportOf(options, own, show, io);
  const text = AUDIT_FORMATS[show.format]?.(report) ?? "";
  if (!show.quiet) await writeStream(io.stderr, auditSummary(report));
  await writeResult(text, show, io);
  if (report.analysis?.complete === false) return 2;
  return reaches(own.failureThreshold, report.audit.findings) ? 1 : 0;
}

async function reportOf(options: RunOptions, own: AuditOptions, show: ShowOptions, io: Io): Promise<AuditReport> {
  if (options.image !== null && options.dockerfile === null && options.snapshot === null) {
    const { seeImage, imageReport } = await import("./audit-image.ts");
    return imageReport(await seeImage(options, own, show, io), options);
  }
  return own.noBuild ? staticReport(options, io) : builtReport(options, show, io);
}

/** The Dockerfile alone. Nothing of the engine is loaded: editors and commit hooks wait for this. */
async function staticReport(options: RunOptions, io: Io): Promise<AuditReport> {
  const { bytes, path } = await readDockerfile(options, io.stdin, io.signal);
  const parsed = parseDockerfile(Buffer.from(bytes).toString("utf8"));
  const plan = makePlan(parsed, { ...options, platform: parsePlatform(options.platform) });
  const facts = auditFacts(shippedTables(), plan, null);
  return {
    file: path ?? "-",
    kind: "dockerfile",
    analysis: null,
    audit: audit({ parsed, plan, analysis: null, facts }),
  };
}

async function builtReport(options: RunOptions, show: ShowOptions, io: Io): Promise<AuditReport> {
  const [{ analyze }, { inputOf, obtainRun }] = await Promise.all([
    import("../analysis/analyze.ts"),
    import("./run.ts"),
  ]);
  if (options.dockerfile === null && options.snapshot === null) {
    throw new MsbDepsError("usage", "no Dockerfile is named to audit.", {
      hint: "Name one; --rootfs and --oci stand in for the build of its builder stage. A whole image is audited with --image REF.",
    });
  }
  const run = await obtainRun(options, show, io);
  if (run.dockerfile === null) {
    const { imageReport } = await import("./audit-image.ts");
    return imageReport(run, options);
  }
  const input = inputOf(run, options);
  if (input.plan?.runtime == null) {
    throw new MsbDepsError("usage", "there is no runtime stage to audit.", {
      hint: "Audit a Dockerfile with two stages, or name the stage with --runtime; --no-build takes any file.",
    });
  }
  const analysis = analyze(input);
  requireArtifacts(analysis, options.allowEmpty);
  const parsed = parseDockerfile(run.dockerfile);
  const facts = auditFacts(shippedTables(), input.plan, input);
  const file = options.dockerfile === null ? "Dockerfile" : ((await pathOf(options)) ?? "-");
  return { file, kind: "dockerfile", analysis, audit: audit({ parsed, plan: input.plan, analysis, facts }) };
}

/** The file that findings name: the Dockerfile itself where its folder was given. */
async function pathOf(options: RunOptions): Promise<string | null> {
  if (options.dockerfile === "-" || options.dockerfile === null) return null;
  const { findDockerfile } = await import("./dockerfile-input.ts");
  return findDockerfile(options.dockerfile);
}
