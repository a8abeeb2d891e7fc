import { describe, expect, it } from "vitest";
import type { MemberProof, Proof, RunProof, Trouble } from "../../src/proof/model.ts";
import { verdictOf } from "../../src/proof/verdict.ts";
import { proofJson, proofText } from "../../src/report/proof.ts";
import { sample } from "./sample.ts";

function proof(change: Partial<Proof> = {}): Proof {
  return {
    ...{ mode: "line", sufficient: true, irreducible: null, line: ["libfoo1"] },
    asked: { loader: 2, rules: 0, interpreters: 1 },
    ...{ unresolved: [], differs: [], exempt: [], unproved: [], members: [], removable: [], notProvable: [] },
    ...{ unread: [], copied: [], leftOut: [], run: null, imageBytes: 12_340_000, baseBytes: 10_000_000, named: null },
    ...change,
  };
}

const text = (change: Partial<Proof>, analysis = sample(), columns: number | null = null): string =>
  proofText({ analysis, proof: proof(change) }, { columns });

const trouble = (name: string, path = "/usr/bin/app"): Trouble => ({
  ...{ path, kind: "library", name },
  ...{ version: null, by: "loader" },
});

const member = (word: string, change: Partial<MemberProof> = {}): MemberProof => ({
  ...{ package: word, verdict: "needed", how: "purged", gone: [word] },
  ...{ broken: 1, example: trouble(`${word}.so`), reason: null },
  ...change,
});

const run = (change: Partial<RunProof> = {}): RunProof => ({
  ...{ command: "app", outcome: "ended", exitCode: 0, seconds: 10, output: [], processes: 1, whole: true },
  ...{ opened: [], missing: [], added: [] },
  ...change,
});

describe("the table of a proof", () => {
  it("of what was asked, taken out and run", () => {
    const change: Partial<Proof> = {
      irreducible: true,
      members: [
        member("libfoo1", { gone: ["libbar1", "libfoo1"], broken: 2 }),
        member("libz1", { how: "built" }),
        member("ca-certificates", { verdict: "not-provable", how: null, example: null, reason: "recommended" }),
      ],
      run: run({
        opened: [{ path: "/opt/x.so", by: "/usr/bin/app", package: null, brought: true }],
        output: ["1", "2", "3", "220 ready"],
      }),
      named: { packages: ["libc6"], bytes: 1_500_000 },
      leftOut: [{ keyword: "RUN", line: 7 }],
    };
    expect(text(change)).toBe(`\
                   proved  how
sufficient         yes     the image with the line: 2 files checked by its loader, 1 interpreter checked
irreducible        yes     2 of 3 packages needed, 1 kept without proof
  libfoo1          needed  removed with 1 dependency: 2 files broken, e.g. /usr/bin/app: libfoo1.so not found
  libz1            needed  built without it: 1 file broken, e.g. /usr/bin/app: libz1.so not found
  ca-certificates  -       kept: a recommended companion, which the loader cannot judge
run                yes     app: exit code 0; 1 process observed
                           /usr/bin/app opened /opt/x.so (no package)
                           | 2
                           | 3
                           | 220 ready
image                      12.3 MB with the line and the artifacts: 2.3 MB added to the base of 10.0 MB
saved                      1.5 MB less than listing every package that ldd names, which would also install or upgrade libc6

Omitted from the image: RUN in line 7 (included with --current).
`);
  });

  it("of what does not resolve, each thing once", () => {
    const unresolved: Trouble[] = [
      trouble("libx.so.1"),
      trouble("libx.so.1", "/usr/bin/other"),
      { ...trouble("libc.so.6"), kind: "version", version: "GLIBC_9", by: "rules" },
      { ...trouble("/bin/x"), kind: "interpreter" },
      { ...trouble("/gone", "/gone"), kind: "absent", by: "rules" },
    ];
    const shown = text({ sufficient: false, unresolved, mode: "current" });
    expect(
      shown
        .split("\n")
        .slice(1, 6)
        .map((line) => line.trim()),
    ).toEqual([
      "sufficient  NO      the stage as written: 2 files checked by its loader, 1 interpreter checked; unresolved:",
      "/usr/bin/app: libx.so.1 not found, and 1 file more",
      "/usr/bin/app: libc.so.6 has no version GLIBC_9 (according to our own rules)",
      "/usr/bin/app: interpreter /bin/x not found",
      "/gone: not in the image",
    ]);
  });

  it("of what our rules alone say, it says so", () => {
    expect(text({ asked: { loader: 0, rules: 3, interpreters: 0 } })).toMatch(/^sufficient {2}by rules {2}/m);
    expect(text({ sufficient: null })).toMatch(/^sufficient {2}unknown {2}/m);
  });

  it("no name of an image or word of a program reaches the terminal as it is", () => {
    const shown = text({
      sufficient: false,
      unresolved: [trouble("lib\u001b[31m.so", "/a\nsufficient yes")],
      run: run({ exitCode: 1, command: "a\nb", output: ["\u001b]0;x\u0007bad\r"] }),
    });
    for (const control of ["\u001b", "\u0007", "\r"]) expect(shown).not.toContain(control);
    expect(shown).not.toMatch(/^sufficient yes/m);
    expect(shown).toContain("/a\\x0asufficient yes: lib\\x1b[31m.so not found");
  });

  it("is wrapped to a terminal's width, below its own column", () => {
    const lines = text({ leftOut: [{ keyword: "RUN", line: 7 }] }, sample(), 60)
      .trimEnd()
      .split("\n");
    expect(lines.slice(1, 3)).toEqual([
      "sufficient  yes     the image with the line: 2 files checked",
      "                    by its loader, 1 interpreter checked",
    ]);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
  });

  it("as JSON stands beside the answer", () => {
    const document: unknown = JSON.parse(proofJson({ analysis: sample(), proof: proof() }));
    expect(document).toEqual({ ...sample(), proof: proof() });
  });
});

describe("what a proof comes to", () => {
  const missing = { name: "libx.so.1", by: "app", package: "libx1", builderPath: "/lib/libx.so.1" };
  it.each([
    ["proved", {}, false],
    ["proved", { irreducible: true, notProvable: ["ca-certificates"] }, true],
    ["refuted", { sufficient: false }, false],
    ["refuted", { removable: ["libfoo1"], irreducible: false }, true],
    ["open", { sufficient: null }, false],
    ["open", { irreducible: null }, true],
    ["proved", { run: run({ missing: [{ ...missing, package: null, builderPath: null }] }) }, false],
    ["proved", { run: run({ outcome: "limit", exitCode: null }) }, false],
    ["refuted", { run: run({ exitCode: 3 }) }, false],
    ["refuted", { run: run({ missing: [missing] }) }, false],
  ] as const)("%s: %j", (verdict, change, irreducible) => {
    expect(verdictOf(proof(change), { irreducible })).toBe(verdict);
  });
});
