import { describe, expect, test } from "vitest";
import type { ArtifactTree, PackageStory, TreeNode, Why } from "../../src/analysis/why/model.ts";
import { whyReport } from "../../src/report/why.ts";

function answer(change: Partial<Why>): Why {
  const nothing = { packages: [], places: [], trees: [], missing: [], suggested: [], dropped: [], notes: [] };
  return {
    ...{ whyVersion: 1, name: "x", source: "run", complete: true, needed: true, ...nothing },
    runtime: { stage: "runtime", base: "debian:13-slim", source: "image", distribution: null, packages: 78 },
    ...{ broughtBy: [], similar: [] },
    ...change,
  };
}

function node(change: Partial<TreeNode>): TreeNode {
  return {
    ...{ name: "libx.so.1", kind: "needed", path: "/lib/libx.so.1", realPath: null, builderPath: null },
    ...{ image: "runtime", via: "cache", searchPath: null, skipped: [], status: "base" },
    ...{ package: "x1", packageStatus: "base", repeated: false, match: true, needs: [] },
    ...change,
  };
}

const tree = (artifact: string, ...needs: TreeNode[]): ArtifactTree => ({
  ...{ artifact, stage: null, destination: null, kind: "executable", match: false },
  needs,
});

const text = (change: Partial<Why>, verbose = false): string => whyReport(answer(change), { verbose });

const story = (change: Partial<PackageStory>): PackageStory => ({
  ...{ package: "x1", matched: "name", status: "install", asked: true, sonames: ["libx.so.1"] },
  ...{ baseVersion: null, builderVersion: "2", candidateVersion: null, impliedBy: [] },
  ...change,
});

test.each<[Partial<TreeNode>, string]>([
  [{ via: "rpath", searchPath: "$ORIGIN/lib" }, "[RPATH $ORIGIN/lib] /lib/libx.so.1 · x1, in the base"],
  [{ via: "library-path", searchPath: "/opt" }, "[LD_LIBRARY_PATH /opt] /lib/libx.so.1 · x1, in the base"],
  [{ via: "default", searchPath: "/lib" }, "[default folder] /lib/libx.so.1 · x1, in the base"],
  [{ via: "loaded" }, "[loaded already] /lib/libx.so.1 · x1, in the base"],
  [{ kind: "dlopen", via: "opened" }, "[dlopen, opened by the program] /lib/libx.so.1 · x1, in the base"],
  [{ kind: "preload", via: null }, "[preloaded] /lib/libx.so.1 · x1, in the base"],
  [{ status: "unowned", package: null }, "[ld.so.cache] /lib/libx.so.1 · of no package: to be copied"],
  [{ status: "host", package: null, path: null, via: null }, "[not found] · provided by the host"],
  [{ status: "unknown", package: null, path: null, via: null }, "[not known where] · unknown"],
  [{ kind: "recommended", name: "x1", because: "plugins" }, "· recommended: plugins"],
])("a library: %j", (change, words) => {
  expect(text({ trees: [tree("/out/a", node(change))] }).split("\n")[1]).toBe(
    `└── ${change.name ?? "libx.so.1"} ${words}`,
  );
});

test.each<[Partial<PackageStory>, string]>([
  [{}, "x1: in the line. The loader is asked for libx.so.1 of it. debian:13-slim does not have it"],
  [{ status: "upgrade", baseVersion: "1" }, "debian:13-slim has 1, which is too old: the builder has 2."],
  [{ status: "unavailable" }, "x1: not in the line: it cannot be installed on debian:13-slim."],
  [
    { status: "implied", sonames: ["libx.so.1"] },
    "not in the line. The loader is asked for libx.so.1 of it, and apt installs",
  ],
  [{ status: "base", matched: "provides" }, "x1 (provides x): not in the line: debian:13-slim has it already."],
  [{ status: "unknown", asked: false }, "whether something in it brings it is not known"],
])("a package: %j", (change, words) => {
  expect(text({ packages: [story(change)] })).toContain(words);
});

describe("trees", () => {
  const repeated = node({ name: "liby.so.1", match: false, needs: [node({ repeated: true })] });

  test("artifacts with the same way are told once; shortest ways alone", () => {
    const trees = ["/a", "/b", "/c", "/d", "/e", "/f"].map((path) => tree(path, repeated, node({})));
    const told = "/a\n└── libx.so.1 [ld.so.cache] /lib/libx.so.1 · x1, in the base\n";
    expect(text({ trees })).toBe(`${told}in the same way: /b, /c, /d, /e and 1 more (-v shows all)\n`);
  });

  test("-v: every artifact, every way, and what was passed over", () => {
    const skipped = [{ path: "/opt/libx.so.1", reason: "class" }] as const;
    const trees = ["/a", "/b"].map((path) => tree(path, repeated, node({ skipped })));
    const lines = text({ trees }, true).split("\n");
    expect(lines.slice(0, 6)).toEqual([
      "/a",
      "├── liby.so.1 [ld.so.cache] /lib/libx.so.1 · x1, in the base",
      "│   └── libx.so.1 [ld.so.cache] /lib/libx.so.1 · x1, in the base",
      "└── libx.so.1 [ld.so.cache] /lib/libx.so.1 · x1, in the base",
      "      passed over: /opt/libx.so.1 (32 and 64 bits)",
      "",
    ]);
    expect(lines[6]).toBe("/b");
  });

  test("a static program has none", () => {
    expect(text({ trees: [{ ...tree("/a"), kind: "static", match: true }] })).toContain(
      "└── static: nothing for the loader",
    );
  });
});

test("names out of an image are made printable", () => {
  const hostile = "lib\u001b[31m\n.so";
  const all = text({
    name: hostile,
    needed: false,
    trees: [tree(`/out/${hostile}`, node({ name: hostile, path: `/${hostile}`, searchPath: hostile, via: "runpath" }))],
    places: [{ path: `/${hostile}`, image: "base", stage: null, package: null, cachedAs: null }],
    similar: [hostile],
  });
  expect(all).not.toContain("\u001b");
  expect(all.split("\n").every((line) => !line.startsWith(".so"))).toBe(true);
});

test("a partial look is never told as a whole one", () => {
  expect(text({ needed: false, complete: false })).toContain("Not everything could be read");
});
