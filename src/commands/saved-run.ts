import { readFile } from "node:fs/promises";
import type { BuilderFiles } from "../analysis/builder-files.ts";
import type { RuntimeBase } from "../analysis/runtime-base.ts";
import type { ReportFacts } from "../analysis/why/report-evidence.ts";
import { type Check, list, nullable, numberIn, oneOf, Refusal, record, text, textMap } from "../base/check.ts";
import { MsbDepsError } from "../base/errors.ts";
import type { ContextSource, ContextSources } from "../dockerfile/context-sources.ts";
import type { AptFacts } from "../snapshot/apt.ts";
import { snapshotOf } from "../snapshot/saved.ts";
import { aptFacts } from "../snapshot/saved-apt.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import type { PlanChoice } from "./plan.ts";
import { baseFiles } from "./saved-base-files.ts";
import { isReport, reportFacts } from "./saved-report.ts";
import { writeWhole } from "./write-result.ts";

/** All that one run saw: enough to get the same answer again without an engine. */
export interface SavedRun {
  /** The text of the Dockerfile; null with `--image`, `--rootfs` or `--oci` alone. */
  readonly dockerfile: string | null;
  readonly choice: PlanChoice;
  readonly builders: readonly SavedBuilder[];
  readonly base: RuntimeBase;
  /** What apt in the runtime base said; null where it was not asked. */
  readonly apt: AptFacts | null;
}

export interface SavedBuilder {
  /** The index of the stage in the file. */
  readonly stage: number | null;
  readonly base: string | null;
  readonly snapshot: Snapshot;
  /** Null where an engine was asked, or the run is of a version that always did. */
  readonly files?: BuilderFiles | null;
}

/** Writes a run as a JSON file; the same run gives the same bytes. */
export async function writeSavedRun(path: string, run: SavedRun): Promise<void> {
  const base =
    run.base.source === "mappings" ? { ...run.base, packages: Object.fromEntries(run.base.packages) } : run.base;
  await writeWhole(path, `${JSON.stringify({ runVersion: 1, ...run, base }, null, 1)}\n`);
}

/**
 * Reads what {@link writeSavedRun} wrote; a file from elsewhere is judged field by field.
 * @throws MsbDepsError `snapshot-invalid`
 */
export async function readSavedRun(path: string): Promise<SavedRun> {
  return readSaved(path, "run", savedRun);
}

/**
 * Reads a saved run, or the report of one that `-f json` wrote.
 * @throws MsbDepsError `snapshot-invalid`
 */
export async function readRunOrReport(
  path: string,
): Promise<{ readonly run: SavedRun } | { readonly report: ReportFacts }> {
  return readSaved<{ run: SavedRun } | { report: ReportFacts }>(path, "run or report", (value, at) =>
    isReport(value) ? { report: reportFacts(value, at) } : { run: savedRun(value, at) },
  );
}

async function readSaved<T>(path: string, kind: string, check: Check<T>): Promise<T> {
  try {
    return check(JSON.parse(await readFile(path, "utf8")), "");
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    const what = cause instanceof SyntaxError ? `it is not JSON (${cause.message})` : cause.message;
    throw new MsbDepsError("snapshot-invalid", `${path} is no saved ${kind} of msb-deps: ${what}.`, {
      hint: "Make it anew with --save-snapshot, by this version of msb-deps.",
      cause,
    });
  }
}

const choice: Check<PlanChoice> = (value, at) => {
  const o = record(value, at);
  const files = o.contextFiles === undefined ? {} : { contextFiles: textMap(o.contextFiles, `${at}.contextFiles`) };
  const sources =
    o.contextSources === undefined ? {} : { contextSources: sourceMap(o.contextSources, `${at}.contextSources`) };
  return {
    artifacts: list(text)(o.artifacts, `${at}.artifacts`),
    target: nullable(text)(o.target, `${at}.target`),
    runtime: nullable(text)(o.runtime, `${at}.runtime`),
    buildArgs: textMap(o.buildArgs, `${at}.buildArgs`),
    platform: nullable(text)(o.platform, `${at}.platform`),
    ...files,
    ...sources,
  };
};

const sourceMap: Check<ContextSources> = (value, at) => {
  const entries = Object.entries(record(value, at)).map(([path, source]): [string, ContextSource] => {
    const o = record(source, `${at}.${path}`);
    const scripts = textMap(o.scripts, `${at}.${path}.scripts`);
    return [path, { scripts, others: o.others !== false }];
  });
  return Object.fromEntries(entries);
};

const builder: Check<SavedBuilder> = (value, at) => {
  const o = record(value, at);
  return {
    stage: nullable(numberIn(0, 10_000))(o.stage, `${at}.stage`),
    base: nullable(text)(o.base, `${at}.base`),
    snapshot: snapshotOf(o.snapshot, `${at}.snapshot`),
    files: o.files === undefined ? null : nullable(builderFiles)(o.files, `${at}.files`),
  };
};

const builderFiles: Check<BuilderFiles> = (value, at) => {
  const o = record(value, at);
  return {
    origin: oneOf(["rootfs", "oci"] as const)(o.origin, `${at}.origin`),
    loaderAbsence: nullable(oneOf(["archive", "not-root", "not-isolated"] as const))(
      o.loaderAbsence,
      `${at}.loaderAbsence`,
    ),
  };
};

const base: Check<RuntimeBase> = (value, at) => {
  const o = record(value, at);
  const source = oneOf(["image", "mappings", "none"] as const)(o.source, `${at}.source`);
  if (source === "image") {
    return {
      source,
      reference: nullable(text)(o.reference, `${at}.reference`),
      snapshot: snapshotOf(o.snapshot, `${at}.snapshot`),
      files: o.files === undefined ? null : nullable(baseFiles)(o.files, `${at}.files`),
    };
  }
  if (source === "none") return { source, reference: nullable(text)(o.reference, `${at}.reference`) };
  const packages = new Map(Object.entries(textMap(o.packages, `${at}.packages`)));
  return { source, reference: text(o.reference, `${at}.reference`), packages };
};

const savedRun: Check<SavedRun> = (value, at) => {
  const o = record(value, at);
  if (o.runVersion !== 1) throw new Refusal("runVersion", "is not 1, the version that is understood here");
  return {
    dockerfile: nullable(text)(o.dockerfile, "dockerfile"),
    choice: choice(o.choice, "choice"),
    builders: list(builder)(o.builders, "builders"),
    base: base(o.base, "base"),
    apt: o.apt === undefined ? null : nullable(aptFacts)(o.apt, "apt"),
  };
};
