import type { Analysis } from "../analysis/model.ts";
import type { Why } from "../analysis/why/model.ts";
import { MsbDepsError } from "../base/errors.ts";
import { copyReport } from "./copy.ts";
import { dockerfileReport } from "./dockerfile.ts";
import { type Entry, single } from "./entries.ts";
import { type AuditReport, auditJson, auditText } from "./findings.ts";
import { jsonReport, jsonText } from "./json.ts";
import { lineReport } from "./line.ts";
import { listReport } from "./list.ts";
import type { ResultKind } from "./output.ts";
import { type ProofReport, proofJson, proofText } from "./proof.ts";
import { whyReport } from "./why.ts";

/** The results of the commands, by kind. */
export interface Documents {
  readonly analysis: Analysis;
  readonly audit: AuditReport;
  readonly proof: ProofReport;
  readonly why: Why;
}

/** How text for people is written; other formats do not depend on it. */
export interface TextOptions {
  /** The width to wrap to; null does not wrap. */
  readonly columns: number | null;
  readonly verbose: boolean;
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
  text: { analysis: dockerfileReport, audit: auditText, proof: proofText, why: whyReport },
  line: { analysis: lineReport },
  list: { analysis: listReport },
  copy: { analysis: copyReport },
  json: { encoding: "json", analysis: jsonReport, audit: auditJson, proof: proofJson, why: jsonText },
  markdown: {
    analysis: async (one) => (await import("./markdown.ts")).analysesMarkdown(singleAnalysis(one)),
    audit: async (one) => (await import("./markdown.ts")).auditsMarkdown(singleAudit(one)),
  },
  html: {
    analysis: async (one) => (await import("./html/html.ts")).analysesHtml(singleAnalysis(one)),
    audit: async (one) => (await import("./html/html.ts")).auditsHtml(singleAudit(one)),
  },
  github: { audit: async (one) => (await import("./ci/github.ts")).githubReport(singleAudit(one)) },
  gitlab: { encoding: "json", audit: async (one) => (await import("./ci/gitlab.ts")).gitlabReport(singleAudit(one)) },
  sarif: { encoding: "json", audit: async (one) => (await import("./ci/sarif.ts")).sarifReport(singleAudit(one)) },
  junit: { audit: async (one) => (await import("./ci/junit.ts")).junitReport(singleAudit(one)) },
  checkstyle: { audit: async (one) => (await import("./ci/checkstyle.ts")).checkstyleReport(singleAudit(one)) },
  cyclonedx: {
    encoding: "json",
    analysis: async (one) => (await import("./cyclonedx.ts")).cyclonedxReport(singleAnalysis(one)),
  },
} as const satisfies Readonly<Record<string, Format>>;

/** Documents of one file, for writers that take many. */
function singleAnalysis(analysis: Analysis): readonly Entry<Analysis>[] {
  return single(analysis.dockerfile ?? "Dockerfile", analysis);
}

function singleAudit(report: AuditReport): readonly Entry<AuditReport>[] {
  return single(report.file, report);
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
