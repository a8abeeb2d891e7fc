import { applyPatch } from "diff";
import fc from "fast-check";
import { expect, test } from "vitest";
import { unifiedDiff } from "../../src/report/diff.ts";
import { fixAccount } from "../../src/report/fix-account.ts";

test("an account is a line each, whatever names hold", () => {
  const lines = fixAccount({
    file: "a\nb",
    changes: [
      { kind: "added", word: "libpq5", name: "libpq5", code: "missing", line: 4 },
      { kind: "removed", word: '"zlib1g"', name: "zlib1g", code: "redundant", line: 5 },
      { kind: "replaced", word: "libssl3", name: "libssl3", by: "libssl3t64", code: "renamed", line: 6 },
      { kind: "taken-out", text: "RUN x", whole: true, code: "redundant", line: 7 },
      { kind: "inserted", instruction: ["RUN a \\", "    b \\", " && c"], code: "missing", line: null },
    ],
    refusals: [{ code: "unused", line: 9, name: "x\u001b", reason: "not-literal", about: ["$X\n"] }],
  });
  expect(lines).toEqual([
    "a\\x0ab:4 added libpq5 (missing)",
    'a\\x0ab:5 removed "zlib1g" (redundant)',
    "a\\x0ab:6 replaced libssl3 by libssl3t64 (renamed)",
    "a\\x0ab:7 removed the RUN instruction, which had nothing left to install (redundant)",
    "a\\x0ab inserted RUN a b && c (missing)",
    "a\\x0ab:9 not fixed: x\\x1b: $X\\x0a is not a plain word of the command (unused)",
  ]);
});

test("no change at all is said", () => {
  expect(fixAccount({ file: "Dockerfile", changes: [], refusals: [] })).toEqual(["Dockerfile nothing to change"]);
});

test("a diff says what changed, with the line breaks of the file, and nothing where nothing did", () => {
  expect(unifiedDiff("d", "a\n", "a\n")).toBe("");
  expect(unifiedDiff("d", "a\r\nb\r\n", "a\r\nc")).toBe(
    "--- d\n+++ d\n@@ -1,2 +1,2 @@\n a\r\n-b\r\n+c\n\\ No newline at end of file\n",
  );
  const line = fc.constantFrom("a\n", "b\n", "c\r\n", "\n", "d");
  const text = fc.array(line, { maxLength: 12 }).map((lines) => lines.join(""));
  fc.assert(
    fc.property(text, text, (before, after) => {
      const patch = unifiedDiff("Dockerfile", before, after);
      expect(patch === "" ? before : applyPatch(before, patch, { autoConvertLineEndings: false })).toBe(after);
    }),
  );
});
