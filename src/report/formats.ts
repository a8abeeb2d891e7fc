import type { Analysis } from "../analysis/model.ts";
import type { Why } from "../analysis/why/model.ts";
import { MsbDepsError } from "../base/errors.ts";
import type { TraceReport } from "../proof/trace/result.ts";
import { type ConfigReport, configJson, configText } from "./config.ts";
import { copyReport } from "./copy.ts";
import { dockerfileReport } from "./dockerfile.ts";
import { type Entry, single } from "./entries.ts";
import { analysesJson, auditsJson, auditsText, type FileResults, headed } from "./file-results.ts";
import { type AuditReport, auditJson, auditText } from "./findings.ts";
import { type Guess, guessJson, guessText } from "./guess.ts";
import { jsonReport, jsonText } from "./json.ts";
import { lineReport } from "./line.ts";
import type { LineOptions } from "./line-options.ts";
import { listReport } from "./list.ts";
import type { ResultKind } from "./output.ts";
import { type ProofReport, proofJson, proofText } from "./proof.ts";
import { traceJson, traceText } from "./trace.ts";
import { whyReport } from "./why.ts";

/** The results of the commands, by kind. */
export interface Documents {
  readonly analysis: Analysis;
  readonly audit: AuditReport;
  readonly proof: ProofReport;
  readonly trace: TraceReport;
  readonly why: Why;
  readonly config: ConfigReport;
  /** Of many files. */
  readonly analyses: FileResults<Analysis>;
  readonly audits: FileResults<AuditReport>;
  /** Of `analyze --no-build`. */
  readonly guess: Guess;
}

/** How text for people is written; other formats do not depend on it. */
export interface TextOptions {
  /** The width to wrap to; null does not wrap. */
  readonly columns: number | null;
  readonly verbose: boolean;
  /** How the line is written; absent: as ever. */
  readonly line?: LineOptions;
}

/** A format: for each kind of document that it can write, the function that does. */
export type Format = {
  /** How its text is made safe to write; the default is that of lines for people. */
  readonly encoding?: ResultKind;
} & { readonly [Kind in keyof Documents]?: Writer<Documents[Kind]> };

/** Formats that few runs use load their writer when it is called. */
type Writer<Document> = (document: Document, options: TextOptions) => string | Promise<string>;

/** The formats of `--format`, by name; a new one is one file and one line here. */
export const FORMATS = {
  text: {
    analysis: dockerfileReport,
    audit: auditText,
    proof: proofText,
    trace: traceText,
    why: whyReport,
    config: configText,
    analyses: headed(dockerfileReport),
    audits: auditsText,
    guess: guessText,
  },
  line: { analysis: lineReport, analyses: headed(lineReport) },
  list: { analysis: listReport, analyses: headed(listReport) },
  copy: { analysis: copyReport, analyses: headed(copyReport) },
  json: {
    encoding: "json",
    analysis: jsonReport,
    audit: auditJson,
    proof: proofJson,
    trace: traceJson,
    why: jsonText,
    config: configJson,
    analyses: analysesJson,
    audits: auditsJson,
    guess: guessJson,
  },
  markdown: {
    ...ofAnalyses(async (all) => (await import("./markdown.ts")).analysesMarkdown(all)),
    ...ofAudits(async (all) => (await import("./markdown.ts")).auditsMarkdown(all)),
  },
  html: {
    ...ofAnalyses(async (all) => (await import("./html/html.ts")).analysesHtml(all)),
    ...ofAudits(async (all) => (await import("./html/html.ts")).auditsHtml(all)),
  },
  github: ofAudits(async (all) => (await import("./ci/github.ts")).githubReport(all)),
  gitlab: { encoding: "json", ...ofAudits(async (all) => (await import("./ci/gitlab.ts")).gitlabReport(all)) },
  sarif: { encoding: "json", ...ofAudits(async (all) => (await import("./ci/sarif.ts")).sarifReport(all)) },
  junit: ofAudits(async (all) => (await import("./ci/junit.ts")).junitReport(all)),
  checkstyle: ofAudits(async (all) => (await import("./ci/checkstyle.ts")).checkstyleReport(all)),
  cyclonedx: {
    encoding: "json",
    ...ofAnalyses(async (all) => (await import("./cyclonedx.ts")).cyclonedxReport(all)),
  },
} as const satisfies Readonly<Record<string, Format>>;

/** Both kinds of analyses, for a writer that takes many. */
function ofAnalyses(write: (entries: readonly Entry<Analysis>[]) => Promise<string>) {
  return {
    analysis: (one: Analysis) => write(single(one.dockerfile ?? "Dockerfile", one)),
    analyses: (results: FileResults<Analysis>) => write(results),
  };
}

/** Both kinds of audits, for a writer that takes many. */
function ofAudits(write: (entries: readonly Entry<AuditReport>[]) => Promise<string>) {
  return {
    audit: (one: AuditReport) => write(single(one.file, one)),
    audits: (results: FileResults<AuditReport>) => write(results),
  };
}

const BY_NAME: ReadonlyMap<string, Format> = new Map(Object.entries(FORMATS));

/** The names of the formats that can write a kind of document; the default comes first. */
export function formatsOf(kind: keyof Documents): string[] {
  return [...BY_NAME].flatMap(([name, format]) => (format[kind] === undefined ? [] : name));
}

/**
 * Writes a document in the format of a name.
 * @throws MsbDepsError `usage` for a format that cannot write it
 */
export function writeDocument<Kind extends keyof Documents>(
  kind: Kind,
  document: Documents[Kind],
  format: string,
  options: TextOptions,
): string | Promise<string> {
  // The map has for every kind a writer of its documents; TypeScript cannot see that the two go together.
  const write = BY_NAME.get(format)?.[kind] as Writer<Documents[Kind]> | undefined;
  if (write === undefined)
    throw new MsbDepsError("usage", `unknown format "${format}".`, { hint: `Formats: ${formatsOf(kind).join(", ")}.` });
  return write(document, options);
}

/** How the text of a format is made safe to write. */
export function encodingOf(format: string): ResultKind {
  return BY_NAME.get(format)?.encoding ?? "text";
}
