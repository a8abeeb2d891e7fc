import { existsSync } from "node:fs";
import { dirname, relative, resolve, sep } from "node:path";
import * as v from "valibot";
import type { Judgement } from "../audit/judged.ts";
import { MsbDepsError, reasonOf } from "../base/errors.ts";
import { checked, list, object, text, versionOne } from "../base/schema.ts";
import { baselineText, identityOf, type KnownFinding } from "../report/baseline.ts";
import type { AuditReport } from "../report/findings.ts";
import type { Io } from "./options.ts";
import { readGiven } from "./read-given.ts";
import { writeWhole } from "./write-result.ts";

/** `--baseline`: a file of findings that are known, and do not count. */
export interface BaselineOptions {
  readonly file: string;
  /** Write all findings of this run to the file. */
  readonly update: boolean;
}

/** The baseline of a run. */
export interface Baseline {
  /** The same report without the findings that are known. */
  readonly without: (report: AuditReport) => AuditReport;
  /** Writes the file, if it is to be updated. */
  readonly finish: () => Promise<void>;
}

const MAX_BYTES = 64 * 2 ** 20;

/**
 * Reads a baseline.
 * @throws MsbDepsError `usage` for a file that is not there, unless it is to be written, or that is no baseline
 */
export async function openBaseline({ file, update }: BaselineOptions, io: Io): Promise<Baseline> {
  const before = update && !existsSync(file) ? [] : await readBaseline(file, io.signal);
  const home = dirname(resolve(file));
  const known = new Set(before.map(keyOf));
  const seen: KnownFinding[] = [];
  const judged = new Map<string, readonly Judgement[]>();
  const without = (report: AuditReport): AuditReport => {
    const name = report.kind === "image" ? report.file : relative(home, resolve(report.file)).split(sep).join("/");
    judged.set(name, report.audit.judged);
    const { findings } = report.audit;
    const fresh = findings.filter((finding) => {
      const identity = identityOf(finding, report, name);
      seen.push(identity);
      return !update && !known.has(keyOf(identity));
    });
    return { ...report, audit: { ...report.audit, findings: fresh, known: findings.length - fresh.length } };
  };
  const finish = async (): Promise<void> => {
    if (!update) return;
    const kept = before.filter((one) => !isSettled(one, judged, home));
    await writeWhole(file, baselineText([...kept, ...seen]));
    io.messages.info(`${file} was written`);
  };
  return { without, finish };
}

/** Whether this run says of a known finding whether it is still there: not if its file or rule was left out. */
function isSettled(
  { file, stage, code }: KnownFinding,
  judged: ReadonlyMap<string, readonly Judgement[]>,
  home: string,
): boolean {
  const judgements = judged.get(file);
  if (judgements === undefined) return stage !== null && !existsSync(resolve(home, file));
  return judgements.find(({ rule }) => rule === code)?.status !== "not-judged";
}

function keyOf({ file, stage, code, subject }: KnownFinding): string {
  return JSON.stringify([file, stage, code, subject]);
}

const baseline = object<{ readonly schemaVersion: 1; readonly findings: readonly KnownFinding[] }>({
  schemaVersion: versionOne,
  findings: v.pipe(
    list(object<KnownFinding>({ file: text, stage: v.nullable(text), code: text, subject: text })),
    v.readonly(),
  ),
});

async function readBaseline(file: string, signal: AbortSignal): Promise<readonly KnownFinding[]> {
  try {
    const bytes = await readGiven(file, MAX_BYTES, signal);
    return checked(baseline, JSON.parse(bytes.toString("utf8"))).findings;
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new MsbDepsError("usage", `the baseline ${file} could not be read: ${reasonOf(cause)}.`, {
      hint: "Write it with --update-baseline.",
      cause,
    });
  }
}
