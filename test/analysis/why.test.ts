import { beforeAll, describe, expect, test } from "vitest";
import { examine } from "../../src/analysis/analyze.ts";
import type { TreeNode, Why } from "../../src/analysis/why/model.ts";
import { runEvidence } from "../../src/analysis/why/run-evidence.ts";
import { why } from "../../src/analysis/why/why.ts";
import { finish } from "../../src/base/steps.ts";
import type { RunOptions } from "../../src/commands/options.ts";
import { inputOf } from "../../src/commands/run.ts";
import type { SavedRun } from "../../src/commands/saved-run.ts";
import { LIB, LOADER, type MadeImage, madeRun } from "./made-run.ts";

/**
 * app loads liba (package a1) and, by RUNPATH, libown among the artifacts, which loads libhand that nobody owns; liba
 * loads libb (b1, which apt brings for a1) and libz (in the base); libb loads libdeep (d1, for b1). gcc1 and libidle are there and
 * nobody asks for them.
 */
const builder: MadeImage = {
  files: {
    "/out": "folder",
    "/out/bin": "folder",
    "/out/bin/app": {
      elf: {
        interpreter: LOADER,
        runpath: "$ORIGIN/../own",
        needed: ["liba.so.1", "libown.so.1", "libno.so.1", "libc.so.6"],
      },
    },
    "/out/bin/other": { elf: { interpreter: LOADER, needed: ["liba.so.1", "libc.so.6"] } },
    "/out/own": "folder",
    "/out/own/libown.so.1": { elf: { soname: "libown.so.1", needed: ["libhand.so.1", "libc.so.6"] } },
    [`${LIB}/libhand.so.1`]: { elf: { soname: "libhand.so.1", needed: ["libz.so.1"] } },
    [`${LIB}/liba.so.1`]: { link: "liba.so.1.2" },
    [`${LIB}/liba.so.1.2`]: { elf: { soname: "liba.so.1", needed: ["libb.so.1", "libz.so.1", "libc.so.6"] } },
    [`${LIB}/libb.so.1`]: { elf: { soname: "libb.so.1", needed: ["libdeep.so.1"] } },
    [`${LIB}/libdeep.so.1`]: { elf: { soname: "libdeep.so.1", needed: ["libc.so.6"] } },
    [`${LIB}/libz.so.1`]: { elf: { soname: "libz.so.1", needed: ["libc.so.6"] } },
    [`${LIB}/libidle.so.1`]: { elf: { soname: "libidle.so.1" } },
  },
  packages: [
    { Package: "a1", Depends: "b1 (>= 1), libc6" },
    { Package: "b1", "Pre-Depends": "d1" },
    { Package: "d1" },
    { Package: "z1", Provides: "z-virtual" },
    { Package: "gcc1" },
    { Package: "idle1" },
  ],
  owned: {
    a1: [`${LIB}/liba.so.1`, `${LIB}/liba.so.1.2`],
    b1: [`${LIB}/libb.so.1`],
    d1: [`${LIB}/libdeep.so.1`],
    z1: [`${LIB}/libz.so.1`],
    idle1: [`${LIB}/libidle.so.1`],
  },
};
const base: MadeImage = {
  files: { [`${LIB}/libz.so.1`]: { elf: { soname: "libz.so.1", needed: ["libc.so.6"] } } },
  packages: [{ Package: "z1", Provides: "z-virtual" }, { Package: "bash1" }],
  owned: { z1: [`${LIB}/libz.so.1`] },
};

const options = { engine: "static", explicit: false, withRecommended: false } as RunOptions;

function asker(run: SavedRun): (name: string) => Why {
  const input = inputOf(run, options);
  const evidence = runEvidence(examine(input), (soname) => input.knowledge.lookup(soname));
  return (name) => finish(why(evidence, name));
}

let ask: (name: string) => Why;
beforeAll(() => {
  ask = asker(madeRun(builder, base, "RUN apt-get update && apt-get install -y a1 extra1\n"));
});

/** `liba.so.1(default a1/install)>libb.so.1…`, one a leaf. */
function ways({ trees }: Why): string[] {
  const walk = (node: TreeNode): string[] => {
    const at = `${node.name}[${node.image === "builder" ? "~" : ""}${node.via ?? node.kind} ${node.package ?? node.status} ${node.packageStatus ?? "-"}]`;
    return node.needs.length === 0 ? [at] : node.needs.flatMap((one) => walk(one).map((rest) => `${at} > ${rest}`));
  };
  return trees.flatMap((tree) => tree.needs.flatMap(walk).map((way) => `${tree.destination}: ${way}`));
}

describe("what becomes of a package", () => {
  test.each([
    ["a1", "install", true, ["liba.so.1"]],
    ["b1", "implied", true, []],
    ["d1", "implied", true, []],
    ["z1", "base", true, ["libz.so.1"]],
    ["libc6", "base", true, ["libc.so.6"]],
    ["bash1", "base", false, []],
    ["gcc1", "not-needed", false, []],
  ] as const)("%s: %s", (name, status, needed, sonames) => {
    const answer = ask(name);
    expect(answer.packages).toMatchObject([{ package: name, matched: "name", status, sonames }]);
    expect(answer.needed).toBe(needed);
  });

  test("one that apt brings is told with the path of dependencies", () => {
    expect(ask("d1").packages[0]?.impliedBy).toEqual([
      {
        package: "a1",
        path: [
          { from: "a1:amd64", to: "b1:amd64", field: "Depends", relation: "b1 (>= 1)" },
          { from: "b1:amd64", to: "d1:amd64", field: "Pre-Depends", relation: "d1" },
        ],
      },
    ]);
  });

  test("a name that others provide leads to these", () => {
    expect(ask("z-virtual").packages).toMatchObject([{ package: "z1", matched: "provides", status: "base" }]);
  });

  test("one of the present line that nothing speaks for", () => {
    const answer = ask("extra1");
    expect(answer).toMatchObject({
      needed: false,
      packages: [],
      dropped: [{ package: "extra1", reason: "no-evidence" }],
    });
  });

  test("without a base nothing is in it", () => {
    const bare = asker({ ...madeRun(builder, base), base: { source: "none", reference: null } });
    expect(bare("z1").packages).toMatchObject([{ status: "install" }]);
  });
});

describe("the tree", () => {
  test("down to a library behind packages: the runtime stage as far as it has it, then the builder", () => {
    expect(ways(ask("libdeep.so.1"))).toEqual([
      "/bin/app: liba.so.1[cache a1 install] > libb.so.1[~default b1 implied] > libdeep.so.1[~default d1 implied]",
      "/bin/other: liba.so.1[cache a1 install] > libb.so.1[~default b1 implied] > libdeep.so.1[~default d1 implied]",
    ]);
  });

  test("through artifacts and files of no package, each with how it was found", () => {
    const answer = ask("libhand.so.1");
    expect(ways(answer)).toEqual([
      "/bin/app: libown.so.1[runpath artifact -] > libhand.so.1[cache unowned -]",
      "/own/libown.so.1: libhand.so.1[cache unowned -]",
    ]);
    expect(answer.trees[0]?.needs[0]).toMatchObject({ searchPath: "$ORIGIN/../own", path: "/bin/../own/libown.so.1" });
  });

  test("what is not found is asked for all the same", () => {
    const answer = ask("libno.so.1");
    expect(ways(answer)).toEqual(["/bin/app: libno.so.1[needed missing -]"]);
    expect(answer).toMatchObject({ needed: true, missing: [{ kind: "library", name: "libno.so.1" }] });
  });

  test("each library is gone into where it comes first", () => {
    const [app] = ask("/out/bin/app").trees;
    const names = (nodes: readonly TreeNode[] = []): unknown[] =>
      nodes.map(({ name, repeated, needs }) =>
        needs.length > 0 ? [name, names(needs)] : repeated ? `${name}^` : name,
      );
    expect(names(app?.needs)).toEqual([
      ["liba.so.1", [["libb.so.1", [["libdeep.so.1", ["libc.so.6^"]]]], ["libz.so.1", ["libc.so.6^"]], "libc.so.6^"]],
      ["libown.so.1", [["libhand.so.1", ["libz.so.1^"]], "libc.so.6^"]],
      "libno.so.1",
      ["libc.so.6", ["ld-linux-x86-64.so.2"]],
      LOADER,
    ]);
  });

  test.each([
    ["its path in the builder", "/out/bin/app"],
    ["its destination", "/bin/app"],
    ["its destination, spelled otherwise", "//usr/bin/./app"],
    ["its name", "app"],
  ])("an artifact by %s", (_, name) => {
    expect(ask(name).trees).toMatchObject([{ artifact: "/out/bin/app", match: true }]);
  });

  test.each([`${LIB}/liba.so.1.2`, "/lib/x86_64-linux-gnu/liba.so.1", "liba.so.1.2"])("a library by %s", (name) => {
    const answer = ask(name);
    expect(answer.trees.map((tree) => tree.destination)).toEqual(["/bin/app", "/bin/other"]);
    expect(answer.packages).toMatchObject([{ package: "a1", matched: "owner", status: "install" }]);
  });

  test("a library of the artifacts is a tree of its own, and in those of others", () => {
    const { trees } = ask("/own/libown.so.1");
    expect(trees.map(({ artifact, match }) => [artifact, match])).toEqual([
      ["/out/bin/app", false],
      ["/out/own/libown.so.1", true],
    ]);
  });
});

describe("what nothing asks for", () => {
  test("a library that images have: where, and whose", () => {
    expect(ask("libidle.so.1")).toMatchObject({
      needed: false,
      trees: [],
      places: [{ path: `${LIB}/libidle.so.1`, image: "builder", stage: "builder", package: "idle1" }],
      packages: [{ package: "idle1", status: "not-needed" }],
    });
  });

  test("a soname that only the release has", () => {
    expect(ask("libicuuc.so.76")).toMatchObject({ needed: false, packages: [], broughtBy: ["libicu76"] });
  });

  test("a name that nothing has: what is like it", () => {
    expect(ask("libidle")).toMatchObject({ needed: false, similar: ["libidle.so.1"] });
    expect(ask("zz")).toMatchObject({ needed: false, similar: [] });
  });
});
