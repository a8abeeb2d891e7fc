import { readFileSync } from "node:fs";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import ajv04 from "ajv-draft-04";
import ajvFormats from "ajv-formats";
import { beforeAll, describe, expect, test } from "vitest";
import { validateXML } from "xmllint-wasm";
import type { Finding } from "../../src/audit/finding.ts";
import type { AuditReport } from "../../src/report/findings.ts";
import { encodingOf, FORMATS, formatsOf, writeDocument } from "../../src/report/formats.ts";
import { encodeResult } from "../../src/report/output.ts";
import { tool } from "../../src/report/tool.ts";
import { answer, audited } from "./reports.ts";

const options = { columns: null, verbose: false };
const fixture = (name: string): string => new URL(`../fixtures/${name}`, import.meta.url).pathname;

const DOCUMENTS = [
  ...formatsOf("analysis").map((format) => [format, "analysis", answer()] as const),
  ...formatsOf("audit").map((format) => [format, "audit", audited()] as const),
];

/** As it is written to a file. */
async function written(format: string, kind: "analysis" | "audit", document: unknown): Promise<string> {
  return encodeResult(await writeDocument(kind, document as never, format, options), encodingOf(format), false);
}

/** HTML is looked at in a browser (test/html). */
test.each(DOCUMENTS.filter(([format]) => format !== "html"))("%s of an %s", async (format, kind, document) => {
  const text = (await written(format, kind, document)).replaceAll(tool().version, "VERSION");
  await expect(text).toMatchFileSnapshot(fixture(`reports/${kind}.${format}`));
});

test("each format writes the same bytes again", async () => {
  for (const [format, kind, document] of DOCUMENTS)
    expect(await written(format, kind, document)).toBe(await written(format, kind, structuredClone(document)));
});

describe("hold to their schemas", () => {
  let sarif: (document: unknown) => unknown;
  beforeAll(() => {
    // A pattern of the schema is no regular expression with the flag u.
    const ajv = new ajv04.default({ strict: false, unicodeRegExp: false });
    ajvFormats.default(ajv);
    sarif = ajv.compile(JSON.parse(readFileSync(fixture("schemas/sarif-2.1.0-rtm.5.json"), "utf8")));
  });

  // Names that a format could take for its own, and a whole image, which has no lines.
  const names = [
    (name: string) => name,
    (name: string) => `a b%0A:,]]>\u0001\u202e\udcff\uffff<script>${name}`,
    (name: string) => `//[$]${name}://x`,
  ];
  const reports = names.flatMap((x) => [audited(x), audited(x, "image")]);

  test.each(reports)("sarif %#", async (report) => {
    const document: unknown = JSON.parse(await FORMATS.sarif.audit(report));
    expect(sarif(document) || (sarif as unknown as { errors: unknown }).errors).toBe(true);
  });

  test.each(reports.flatMap((report) => [["junit", report] as const, ["checkstyle", report] as const]))(
    "%s %#",
    async (format, report) => {
      const { valid, errors } = await validateXML({
        xml: [{ fileName: "a.xml", contents: await FORMATS[format].audit(report) }],
        schema: [readFileSync(fixture(`schemas/${format}.xsd`), "utf8")],
      });
      expect([valid, errors]).toEqual([true, []]);
    },
  );

  test.each(names)("cyclonedx %#", async (x) => {
    const text = await FORMATS.cyclonedx.analysis(answer(x));
    expect(await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text)).toBeNull();
  });

  // docs.gitlab.com, "Code Quality report format": the fields that a report must have.
  test.each(reports)("gitlab %#", async (report) => {
    const issues = JSON.parse(await FORMATS.gitlab.audit(report)) as Record<string, unknown>[];
    for (const issue of issues)
      expect(issue).toEqual({
        description: expect.stringMatching(/./),
        check_name: expect.stringMatching(/^msb-deps\/[a-z-]+$/),
        fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
        severity: expect.stringMatching(/^(?:info|minor|major|critical|blocker)$/),
        location: { path: expect.stringMatching(/./), lines: { begin: expect.any(Number), end: expect.any(Number) } },
      });
    expect(new Set(issues.map(({ fingerprint }) => fingerprint)).size).toBe(issues.length);
  });
});

test("a finding keeps its fingerprint when it moves", async () => {
  const moved = (by: number): AuditReport => {
    const report = audited();
    const findings = report.audit.findings.map((one): Finding => ({ ...one, line: one.line + by }));
    return { ...report, audit: { ...report.audit, findings } };
  };
  const prints = async (report: AuditReport): Promise<string[]> =>
    (JSON.parse(await FORMATS.gitlab.audit(report)) as { fingerprint: string }[]).map((one) => one.fingerprint);
  expect(await prints(moved(5))).toEqual(await prints(moved(0)));
});

test("github: at most ten annotations of a kind, and how many are left out", async () => {
  const report = audited();
  const [first] = report.audit.findings;
  const findings = Array.from({ length: 13 }, (_, line): Finding => ({ ...(first as Finding), line: line + 1 }));
  const lines = (await FORMATS.github.audit({ ...report, audit: { ...report.audit, findings } })).trim().split("\n");
  expect(lines.filter((line) => line.startsWith("::error "))).toHaveLength(10);
  expect(lines.at(-1)).toBe("3 more of severity error are not shown as annotations");
});

test("markdown fits a comment", async () => {
  const report = audited();
  const [first] = report.audit.findings;
  const findings = Array.from({ length: 5000 }, (_, line): Finding => ({ ...(first as Finding), line: line + 1 }));
  const text = await FORMATS.markdown.audit({ ...report, audit: { ...report.audit, findings } });
  expect(text.length).toBeLessThan(65_536);
  expect(text).toMatch(/\| … and \d+ more \|/);
});
