import { describe, expect, test } from "vitest";
import { findingsOf, installs, needs, only, placesOf, runtime, world } from "../kit.ts";

const known = world({ libc6: {} }, { libneeded1: {}, libouter1: { Depends: "libneeded1" } });
const needed = { packages: [needs("libneeded1")] };

describe("missing", () => {
  test.each([
    ["an empty list", runtime(), "3:1 libneeded1"],
    ["another package in the list", installs("zlib1g"), "4:23 libneeded1"],
    [
      "removed again",
      runtime("RUN apt-get install -y libneeded1", "RUN apt-get purge -y libneeded1"),
      "4:5 libneeded1",
    ],
    ["taken out by a hyphen", runtime("RUN apt-get install -y libneeded1 libneeded1-"), "4:5 libneeded1"],
  ])("%s", (_, text, place) => {
    expect(placesOf("missing", text, { analysis: needed, facts: known })).toEqual([place]);
  });

  test.each([
    ["listed", installs("libneeded1"), needed],
    ["brought by what is listed", installs("libouter1"), needed],
    ["in the base", runtime(), { packages: [needs("libneeded1", { status: "base" })] }],
    [
      "brought by another needed one",
      installs("libouter1"),
      { packages: [needs("libouter1"), needs("libneeded1", { status: "implied" })] },
    ],
    [
      "one that does as well",
      installs("libother1"),
      { packages: [needs("libneeded1", { alternatives: ["libother1"] })] },
    ],
    [
      "one that provides what does as well",
      installs("libopenblas0-pthread"),
      { packages: [needs("libblas3", { alternatives: ["libblas.so.3"], sonames: ["libblas.so.3"] })] },
    ],
    [
      "only recommended",
      runtime(),
      { packages: [needs("libneeded1", { reasons: [{ artifact: "/out/app", kind: "recommended", chain: [] }] })] },
    ],
  ])("not: %s", (_, text, analysis) => {
    expect(placesOf("missing", text, { analysis, facts: known })).toEqual([]);
  });

  test("says where it comes from, and is sure of it", () => {
    const [one] = only("missing", findingsOf(installs("ca-certificates"), { analysis: needed, facts: known }));
    expect(one).toMatchObject({ severity: "error", confidence: "proved", evidence: [{ artifact: "/out/app" }] });
  });

  test.each([
    ["a package of which nobody knows what it brings", installs("somedaemon"), ["somedaemon"]],
    ["a word without a value", installs("$LIST"), ["$LIST"]],
    [
      "apt-mark",
      runtime("RUN apt-mark auto '.*'; apt-get install -y gcc; apt-get purge --auto-remove"),
      ["apt-mark in line 4"],
    ],
  ])("is no error beside %s", (_, text, perhapsFrom) => {
    const [one] = only("missing", findingsOf(text, { analysis: needed, facts: known }));
    expect(one).toMatchObject({ severity: "warning", confidence: "heuristic", perhapsFrom });
  });

  test("a library that a package is known to have may come with another package of the list", () => {
    const hint = { kind: "not-installed", packages: ["libx1"] } as const;
    const chains = [[{ soname: "/out/app", path: null }]];
    const item = { version: null, providedBy: null, requiredBy: ["/out/app"], chains, hint };
    const missing = [{ ...item, kind: "library", name: "libx.so.1" }] as const;
    const confidences = ["somedaemon", "ca-certificates"].map(
      (name) => only("missing", findingsOf(installs(name), { analysis: { missing }, facts: known }))[0]?.confidence,
    );
    expect(confidences).toEqual(["heuristic", "proved"]);
  });

  test("what no package brings is told too, symbol versions elsewhere", () => {
    const item = {
      version: null,
      providedBy: null,
      requiredBy: ["/out/app"],
      chains: [[{ soname: "/out/app", path: null }]],
      hint: null,
    };
    const missing = [
      { ...item, kind: "library", name: "libgone.so.1" },
      { ...item, kind: "interpreter", name: "/bin/zsh" },
      { ...item, kind: "version", name: "libc.so.6", version: "GLIBC_2.38" },
      { ...item, kind: "misplaced", name: "libx.so", providedBy: "/x/libx.so" },
    ] as const;
    const found = only("missing", findingsOf(runtime(), { analysis: { missing }, facts: known }));
    expect(found.map(({ kind, name }) => [kind, name])).toEqual([
      ["interpreter", "/bin/zsh"],
      ["library", "libgone.so.1"],
    ]);
  });
});
