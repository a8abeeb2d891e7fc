import type {
  Artifact,
  ChainLink,
  Dropped,
  Library,
  Missing,
  Package,
  Reason,
  RuntimeInfo,
  Suggestion,
} from "../analysis/model.ts";
import type { ReportFacts } from "../analysis/why/report-evidence.ts";
import { type Check, list, nullable, numberIn, oneOf, Refusal, record, text } from "../base/check.ts";
import type { Via } from "../loader/settings.ts";
import { baseFiles } from "./saved-base-files.ts";

/** Whether a document is a report of `-f json`, and no saved run. */
export function isReport(value: unknown): boolean {
  return typeof value === "object" && value !== null && "schemaVersion" in value && !("runVersion" in value);
}

/** Takes of a report what questions are asked about; a file from elsewhere is judged field by field. */
export const reportFacts: Check<ReportFacts> = (value, at) => {
  const o = record(value, at);
  if (o.schemaVersion !== 1) throw new Refusal("schemaVersion", "is not 1, the version that is understood here");
  return {
    complete: flag(o.complete, "complete"),
    runtime: nullable(runtime)(o.runtime, "runtime"),
    artifacts: list(artifact)(o.artifacts, "artifacts"),
    packages: list(packageRow)(o.packages, "packages"),
    install: list(text)(o.install, "install"),
    missing: list(missing)(o.missing, "missing"),
    suggested: list(suggestion)(o.suggested, "suggested"),
    dropped: list(dropped)(o.dropped, "dropped"),
    // Their details are as many as their codes; the report itself tells them.
    notes: [],
  };
};

const flag: Check<boolean> = (value, at) => {
  if (typeof value !== "boolean") throw new Refusal(at, "is neither true nor false");
  return value;
};

/** Enumerations are open: a word of a later version stands for what is not known here. */
function open<T extends string>(choices: readonly T[], otherwise: T): Check<T> {
  return (value, at) => choices.find((one) => one === text(value, at)) ?? otherwise;
}

/** A field that older reports have not. */
function later<T>(check: Check<T>): Check<T | null> {
  return (value, at) => (value === undefined ? null : nullable(check)(value, at));
}

const VIAS = ["loaded", "rpath", "library-path", "runpath", "cache", "default", "path", "preload", "opened"] as const;
const via = later<Via>(oneOf(VIAS));

const runtime: Check<RuntimeInfo> = (value, at) => {
  const o = record(value, at);
  return {
    stage: nullable(text)(o.stage, `${at}.stage`),
    base: nullable(text)(o.base, `${at}.base`),
    source: oneOf(["image", "mappings", "none"] as const)(o.source, `${at}.source`),
    ...(o.files === undefined ? {} : { files: baseFiles(o.files, `${at}.files`) }),
    distribution: null,
    packages: numberIn(0, Number.MAX_SAFE_INTEGER)(o.packages, `${at}.packages`),
  };
};

const KINDS = ["executable", "shared-object", "static", "script", "foreign", "damaged", "other"] as const;

const artifact: Check<Artifact> = (value, at) => {
  const o = record(value, at);
  const path = text(o.path, `${at}.path`);
  const destinations = list(text)(o.destinations, `${at}.destinations`);
  const askedBy = destinations[0] ?? path;
  return {
    path,
    ...(o.pathBase64 === undefined ? {} : { pathBase64: text(o.pathBase64, `${at}.pathBase64`) }),
    stage: nullable(text)(o.stage, `${at}.stage`),
    destinations,
    kind: open(KINDS, "other")(o.kind, `${at}.kind`),
    interpreter: nullable(text)(o.interpreter, `${at}.interpreter`),
    machine: nullable(text)(o.machine, `${at}.machine`),
    needed: list(text)(o.needed, `${at}.needed`),
    runpath: list(text)(o.runpath, `${at}.runpath`),
    libraries: list((one, where) => library(one, where, askedBy))(o.libraries, `${at}.libraries`),
  };
};

const STATUSES = ["package", "base", "artifact", "unowned", "missing", "host", "unknown"] as const;

function library(value: unknown, at: string, artifactPath: string): Library {
  const o = record(value, at);
  return {
    soname: text(o.soname, `${at}.soname`),
    path: nullable(text)(o.path, `${at}.path`),
    runtimePath: nullable(text)(o.runtimePath, `${at}.runtimePath`),
    direct: flag(o.direct, `${at}.direct`),
    package: nullable(text)(o.package, `${at}.package`),
    status: open(STATUSES, "unknown")(o.status, `${at}.status`),
    via: via(o.via, `${at}.via`),
    searchPath: later(text)(o.searchPath, `${at}.searchPath`),
    askedBy: later(text)(o.askedBy, `${at}.askedBy`) ?? artifactPath,
  };
}

const PACKAGE_STATUSES = ["install", "upgrade", "base", "implied", "unavailable"] as const;

const packageRow: Check<Package> = (value, at) => {
  const o = record(value, at);
  return {
    name: text(o.name, `${at}.name`),
    architecture: text(o.architecture, `${at}.architecture`),
    builderName: nullable(text)(o.builderName, `${at}.builderName`),
    builderVersion: nullable(text)(o.builderVersion, `${at}.builderVersion`),
    candidateVersion: nullable(text)(o.candidateVersion, `${at}.candidateVersion`),
    status: open(PACKAGE_STATUSES, "unavailable")(o.status, `${at}.status`),
    impliedBy: list(text)(o.impliedBy, `${at}.impliedBy`),
    sonames: list(text)(o.sonames, `${at}.sonames`),
    alternatives: later(list(text))(o.alternatives, `${at}.alternatives`) ?? [],
    reasons: list(reason)(o.reasons, `${at}.reasons`),
  };
};

const REASONS = ["needed", "interpreter", "dlopen", "preload", "observed", "requested", "recommended"] as const;

const reason: Check<Reason> = (value, at) => {
  const o = record(value, at);
  return {
    artifact: text(o.artifact, `${at}.artifact`),
    kind: open(REASONS, "requested")(o.kind, `${at}.kind`),
    chain: list(link)(o.chain, `${at}.chain`),
    ...(o.because === undefined ? {} : { because: text(o.because, `${at}.because`) }),
  };
};

const link: Check<ChainLink> = (value, at) => {
  const o = record(value, at);
  const soname = text(o.soname, `${at}.soname`);
  return { soname, path: nullable(text)(o.path, `${at}.path`), via: via(o.via, `${at}.via`) };
};

const MISSING = ["library", "version", "interpreter", "misplaced"] as const;

function told(text: string | null): Missing["hint"] {
  return text === null ? null : { kind: "told", text };
}

const missing: Check<Missing> = (value, at) => {
  const o = record(value, at);
  return {
    kind: open(MISSING, "library")(o.kind, `${at}.kind`),
    name: text(o.name, `${at}.name`),
    version: nullable(text)(o.version, `${at}.version`),
    providedBy: nullable(text)(o.providedBy, `${at}.providedBy`),
    requiredBy: list(text)(o.requiredBy, `${at}.requiredBy`),
    chains: later(list(list(link)))(o.chains, `${at}.chains`) ?? [],
    hint: told(nullable(text)(o.hint, `${at}.hint`)),
  };
};

const suggestion: Check<Suggestion> = (value, at) => {
  const o = record(value, at);
  return {
    package: text(o.package, `${at}.package`),
    strength: open(["required", "recommended", "suggested"] as const, "suggested")(o.strength, `${at}.strength`),
    trigger: text(o.trigger, `${at}.trigger`),
    reason: text(o.reason, `${at}.reason`),
  };
};

const dropped: Check<Dropped> = (value, at) => {
  const o = record(value, at);
  return {
    package: text(o.package, `${at}.package`),
    reason: open(["base", "implied", "no-evidence"] as const, "no-evidence")(o.reason, `${at}.reason`),
    calledBy: later(text)(o.calledBy, `${at}.calledBy`),
  };
};
