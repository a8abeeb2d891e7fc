import type { Analysis, Package } from "../../src/analysis/model.ts";
import { type Audit, audit } from "../../src/audit/audit.ts";
import { type AuditFacts, declaredFacts } from "../../src/audit/facts.ts";
import type { Finding, FindingCode } from "../../src/audit/finding.ts";
import { shippedTables } from "../../src/commands/shipped-tables.ts";
import { packageSet, readPackage } from "../../src/debian/packages.ts";
import { makePlan } from "../../src/dockerfile/make-plan.ts";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";
import { sample } from "../report/sample.ts";

const tables = shippedTables();

/** What a case changes: the analysis (null: not built), and facts beside those that the Dockerfile gives. */
export interface Change {
  readonly analysis?: Partial<Analysis> | null;
  readonly facts?: Partial<AuditFacts>;
  /** Shell scripts of the build context, by their paths: all that there is under these. */
  readonly context?: Readonly<Record<string, string>>;
}

/** The findings of a Dockerfile of two stages. */
export function findingsOf(text: string, change: Change = {}): readonly Finding[] {
  return auditOf(text, change).findings;
}

/** The audit of a Dockerfile: the findings, and which rules were judged. */
export function auditOf(text: string, { analysis = null, facts = {}, context = {} }: Change = {}): Audit {
  const parsed = parseDockerfile(text);
  const plan = makePlan(parsed);
  const sources = Object.entries(context).map(([path, script]) => [
    path,
    { scripts: { [path]: script }, others: false },
  ]);
  const made = { ...declaredFacts(tables, plan, Object.fromEntries(sources)), ...facts };
  const input = { parsed, plan, analysis: analysis === null ? null : sample(analysis), facts: made };
  // The sample has no artifacts; what they need is made up.
  return audit({ ...input, emptyIsRight: true });
}

/** Those of one code. */
export function only<Code extends FindingCode>(code: Code, findings: readonly Finding[]) {
  return findings.filter((one): one is Extract<Finding, { readonly code: Code }> => one.code === code);
}

/** `line:column package` of the findings of one code. */
export function placesOf(code: FindingCode, text: string, change: Change = {}): string[] {
  return only(code, findingsOf(text, change)).map((one) => `${one.line}:${one.column} ${one.package ?? ""}`.trim());
}

/** A runtime stage of trixie with these lines behind its FROM, which is line 3. */
export function runtime(...lines: string[]): string {
  return [
    "FROM debian:trixie AS builder",
    "RUN make",
    "FROM debian:trixie-slim",
    ...lines,
    "COPY --from=builder /out /",
    "",
  ].join("\n");
}

/** A runtime stage that installs these packages, the first of them at 4:66. */
export function installs(words: string): string {
  return runtime(
    `RUN apt-get update && apt-get install -y --no-install-recommends ${words} && rm -rf /var/lib/apt/lists/*`,
  );
}

type Fields = Readonly<Record<string, string>>;

/** What dpkg knows of the base, and of packages beyond it, by name with the fields that matter. */
export function world(
  base: Readonly<Record<string, Fields>>,
  known: Readonly<Record<string, Fields>> = {},
): Pick<AuditFacts, "world" | "base"> {
  const set = (packages: Readonly<Record<string, Fields>>) =>
    packageSet(
      Object.entries(packages).flatMap(([name, fields]) => {
        const record = { Package: name, Version: "1", Architecture: "amd64", ...fields };
        return readPackage(record, "amd64") ?? [];
      }),
      "amd64",
    );
  const reference = "debian:trixie-slim";
  return { world: { base: set(base), known: set({ ...base, ...known }) }, base: { reference, known: "proved" } };
}

/** A package that an artifact needs. */
export function needs(name: string, change: Partial<Package> = {}): Package {
  return {
    name,
    architecture: "amd64",
    builderName: name,
    builderVersion: "1",
    candidateVersion: null,
    status: "install",
    impliedBy: [],
    sonames: [`${name}.so`],
    alternatives: [],
    reasons: [{ artifact: "/out/app", kind: "needed", chain: [{ soname: `${name}.so`, path: `/usr/lib/${name}.so` }] }],
    ...change,
  };
}
