import { describe, expect, test } from "vitest";
import { findingsOf, only, runtime } from "../kit.ts";

const misplaced = {
  kind: "misplaced",
  name: "libown.so.1",
  version: null,
  providedBy: "/opt/odd/libown.so.1",
  requiredBy: ["/out/app"],
  chains: [
    [
      { soname: "/out/app", path: "/out/app" },
      { soname: "libown.so.1", path: null },
    ],
  ],
  hint: { kind: "ldconfig", line: 7 },
} as const;

describe("wrong-place", () => {
  test("a library where the loader does not look, at the COPY that puts it there", () => {
    const text = runtime("COPY --from=builder /opt/odd /opt/odd", "COPY --from=builder /opt/other /opt/other");
    const [one] = only("wrong-place", findingsOf(text, { analysis: { missing: [misplaced] } }));
    expect(one).toMatchObject({ line: 4, kind: "unsearched", severity: "error", hint: { kind: "ldconfig", line: 7 } });
    expect(one?.evidence).toEqual([{ artifact: "/out/app", chain: [{ soname: "libown.so.1", path: null }] }]);
  });

  test("a folder onto a link of the base", () => {
    const notes = [{ code: "copy-breaks-merged-usr", path: "/out/lib", link: "/lib" }] as const;
    const found = only("wrong-place", findingsOf(runtime(), { analysis: { notes } }));
    expect(found).toMatchObject([{ line: 4, kind: "link", path: "/lib" }]);
  });

  test.each([
    ["a library that is nowhere", { missing: [{ ...misplaced, kind: "library" as const, providedBy: null }] }],
    ["another note", { notes: [{ code: "needs-ldconfig" as const, path: "/opt/x" }] }],
  ])("not: %s", (_, analysis) => {
    expect(only("wrong-place", findingsOf(runtime(), { analysis }))).toEqual([]);
  });
});
