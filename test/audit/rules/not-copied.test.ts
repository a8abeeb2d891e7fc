import { describe, expect, test } from "vitest";
import { findingsOf, only, runtime } from "../kit.ts";

const need = {
  stage: "builder",
  soname: "libown.so.1",
  source: "/usr/local/lib/libown.so.1",
  realPath: "/usr/local/lib/libown.so.1.0",
  destination: "/usr/local/lib/libown.so.1",
  package: null,
  requiredBy: ["/out/app", "/out/other"],
};

describe("not-copied", () => {
  test("stands at the last COPY of that stage, with every artifact that needs it", () => {
    const text = `${runtime("COPY --from=builder /etc/app /etc/app")}COPY late /late\n`;
    const found = only("not-copied", findingsOf(text, { analysis: { copy: [need] } }));
    expect(found).toMatchObject([{ line: 5, severity: "error", confidence: "proved", source: need.source }]);
    expect(found[0]?.evidence.map(({ artifact }) => artifact)).toEqual(["/out/app", "/out/other"]);
  });

  test("at the FROM where no COPY of that stage is written", () => {
    const other = { ...need, stage: "elsewhere" };
    expect(only("not-copied", findingsOf(runtime(), { analysis: { copy: [other] } }))).toMatchObject([{ line: 3 }]);
  });

  test.each([
    ["nothing to copy", {}],
    ["not built", null],
  ])("not: %s", (_, analysis) => {
    expect(only("not-copied", findingsOf(runtime(), { analysis }))).toEqual([]);
  });
});
