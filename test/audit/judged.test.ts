import { describe, expect, test } from "vitest";
import { audit } from "../../src/audit/audit.ts";
import { finish } from "../../src/base/steps.ts";
import { reasonText } from "../../src/report/judged-text.ts";
import { lookAt } from "./fix/scene.ts";
import { auditOf, installs, needs, runtime } from "./kit.ts";

const NOTHING = { needs: [], base: [], depends: [] } as const;
const open = (text: string, change: Parameters<typeof auditOf>[1] = {}) =>
  auditOf(text, change).judged.filter(({ status }) => status !== "judged");

describe("with a build", () => {
  test("all is judged", () => {
    const text = installs("libpq5");
    expect(open(text, { analysis: { packages: [needs("libpq5")] } })).toEqual([]);
  });

  test("nothing among the artifacts could need a package: what is listed is not called unused", () => {
    const text =
      "FROM debian:13 AS builder\nFROM debian:13-slim\nRUN apt-get install -y libxml2\nCOPY --from=builder /out /\n";
    const input = finish(lookAt(NOTHING)(text));
    const empty = { ...input, analysis: input.analysis === null ? null : { ...input.analysis, artifacts: [] } };
    const judged = audit(empty).judged.filter(({ reason }) => reason?.code === "no-programs");
    expect(judged.map(({ rule, status }) => `${rule} ${status}`)).toEqual([
      "unused not-judged",
      "no-evidence not-judged",
    ]);
    expect(audit(empty).findings.filter(({ code }) => code === "unused")).toEqual([]);
    // --allow-empty says that this is right.
    expect(audit({ ...empty, emptyIsRight: true }).findings.map(({ code }) => code)).toContain("unused");
    expect(audit(input).findings.map(({ code }) => code)).toContain("unused");
  });

  test("the base says that it is another distribution", () => {
    const found = open(runtime(), { analysis: {}, facts: { otherDistribution: "alpine" } });
    expect(found.map(({ rule }) => rule)).toContain("unknown-package");
    expect(found.map(({ reason }) => reason?.code)).toContain("other-distribution");
  });
});

test("more than a few words that could not be read are counted", () => {
  const what = ["$A", "$B", "$C", "$D", "RUN in line 4"];
  expect(reasonText({ code: "unread", what })).toBe("$A, $B, $C and 2 more could not be read");
  expect(reasonText({ code: "unknown-base", base: "a\u001b[31mb" })).not.toContain("\u001b");
});
