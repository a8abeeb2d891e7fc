import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, it, test } from "vitest";
import { FINDING_CODES } from "../../../src/audit/finding.ts";
import { checked } from "../../../src/base/schema.ts";
import { configText } from "../../../src/commands/config/config-schema.ts";
import { formatsOf } from "../../../src/report/formats.ts";

const schema = JSON.parse(readFileSync("schema/config.json", "utf8"));
const matches = new Ajv({ strict: false }).compile(schema);

/** Whether the validator accepts a value, or its complaint. Numbers are texts by then. */
function complaint(value: unknown): string | null {
  try {
    checked(configText, value);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

const GOOD: readonly unknown[] = [
  {},
  { $schema: "schema/config.json", target: "build", runtime: "debian:13", artifacts: ["/out:/app"], context: "." },
  { "build-args": { VERSION: "1.10", EMPTY: "" }, contexts: { lib: "../lib" } },
  { keep: { "ca-certificates": "HTTPS", "g++": "compiles at run time", "libc6:armhf": "a program of the vendor" } },
  { ignore: ["unused"], severity: { redundant: "warning" }, "failure-threshold": "none" },
  { formats: { analyze: ["list", { format: "json", output: "needs.json" }], audit: ["text", { format: "sarif" }] } },
  { files: [{ path: "a/*", target: "x" }, { path: ["a", "b"] }] },
];

const BAD: readonly (readonly [unknown, string])[] = [
  [[], "it is not a map"],
  ["text", "it is not a map"],
  [{ targt: "x" }, "targt is an unknown key; did you mean target?"],
  [{ target: "" }, "target is empty"],
  [{ target: null }, "target is not a string"],
  [{ artifacts: "/out" }, "artifacts is not a list"],
  [{ "build-args": ["A=1"] }, "build-args is not an object"],
  [{ keep: ["tzdata"] }, "keep is not an object"],
  [{ keep: { tzdata: " " } }, "keep.tzdata needs a reason"],
  [{ keep: { "libc6-": "x" } }, "keep.libc6- is not a package name"],
  [{ ignore: ["unusd"] }, "ignore[0] is not a finding code; did you mean unused?"],
  [{ severity: { unused: "fatal" } }, "severity.unused is not one of error, warning, info"],
  [{ severity: { unusd: "error" } }, "severity.unusd is not a finding code; did you mean unused?"],
  [{ "failure-threshold": "high" }, "failure-threshold is not one of error, warning, info, none"],
  [{ formats: { audit: ["list"] } }, "formats.audit[0] is not a format of this command (text, json, "],
  [{ formats: { verify: ["text"] } }, "formats.verify is an unknown key (analyze, audit)"],
  [{ formats: { audit: [{ output: "x" }] } }, "formats.audit[0] has no format"],
  [{ files: [{ target: "x" }] }, "files[0] has no path"],
  [{ files: [{ path: "a", formats: {} }] }, "files[0].formats is an unknown key"],
  [{ files: [{ path: [], ignored: [] }] }, "files[0].ignored is an unknown key; did you mean ignore?"],
];

describe("schema/config.json and the validator agree", () => {
  it.each(GOOD.map((value) => [JSON.stringify(value), value]))("on %s", (_, value) => {
    expect([complaint(value), matches(value)]).toEqual([null, true]);
  });

  it.each(BAD.map(([value, why]) => [why, value]))("that %s", (why, value) => {
    expect(matches(value)).toBe(false);
    expect(complaint(value)).toContain(why);
  });
});

test("the schema has all codes and formats", () => {
  const { definitions } = schema;
  expect(definitions.code.enum).toEqual([...FINDING_CODES].sort());
  expect(definitions["analyze-format"].enum).toEqual(formatsOf("analysis"));
  expect(definitions["audit-format"].enum).toEqual(formatsOf("audit"));
});
