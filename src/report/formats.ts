import type { Analysis } from "../analysis/model.ts";
import type { Why } from "../analysis/why/model.ts";
import { MsbDepsError } from "../base/errors.ts";
import { copyReport } from "./copy.ts";
import { dockerfileReport } from "./dockerfile.ts";
import { type AuditReport, auditJson, auditText } from "./findings.ts";
import { jsonReport, jsonText } from "./json.ts";
import { lineReport } from "./line.ts";
import { listReport } from "./list.ts";
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
  readonly [Kind in keyof Documents]?: (document: Documents[Kind], options: TextOptions) => string;
};

/** The formats of `--format`, by name; a new one is one file and one line here. */
export const FORMATS = {
  text: { analysis: dockerfileReport, audit: auditText, proof: proofText, why: whyReport },
  line: { analysis: lineReport },
  list: { analysis: listReport },
  copy: { analysis: copyReport },
  json: { analysis: jsonReport, audit: auditJson, proof: proofJson, why: jsonText },
} as const satisfies Readonly<Record<string, Format>>;

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
): string {
  const write = BY_NAME.get(format)?.[kind];
  if (write === undefined)
    throw new MsbDepsError("usage", `unknown format "${format}".`, { hint: `Formats: ${formatsOf(kind).join(", ")}.` });
  return write(document, options);
}
