import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { FINDING_CODES } from "../../src/audit/finding.ts";

test("every code has a section in docs/rules.md, in the same order", () => {
  const text = readFileSync(new URL("../../docs/rules.md", import.meta.url), "utf8");
  expect([...text.matchAll(/^## (\S+)$/gm)].map(([, name]) => name)).toEqual([...FINDING_CODES]);
});
