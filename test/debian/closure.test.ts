import { describe, expect, test } from "vitest";
import { closureOf } from "../../src/debian/closure.ts";
import { readStanzas } from "../../src/debian/control.ts";
import { type DebianPackage, type PackageSet, packageSet, readPackage } from "../../src/debian/packages.ts";
import { explain, implies, reduce } from "../../src/debian/reduce.ts";
import type { World } from "../../src/debian/resolve.ts";
import { STATUS_FIELDS } from "../../src/snapshot/snapshot.ts";
import { cpuTime } from "../cpu.ts";

/**
 * Packages from a short notation, one a line: `name[:arch][=version][/multiarch] [+provides] [-> depends]`, a leading
 * `!` for one on hold.
 */
function packages(text: string): DebianPackage[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .flatMap((line) => {
      const match = /^(!?)([^\s:=/]+)(?::([^\s=/]+))?(?:=([^\s/]+))?(?:\/(\w+))?(?: \+(.+?))?(?: -> (.*))?$/.exec(line);
      const [, hold, name, architecture = "amd64", version = "1", multiArch = "no", provides = "", depends = ""] =
        match ?? [];
      const stanza = [
        `Package: ${name}`,
        `Architecture: ${architecture}`,
        `Version: ${version}`,
        `Status: ${hold === "!" ? "hold" : "install"} ok installed`,
        `Multi-Arch: ${multiArch}`,
        `Provides: ${provides}`,
        `Depends: ${depends}`,
      ].join("\n");
      return [...readStanzas(stanza, STATUS_FIELDS)].flatMap((one) => readPackage(one, "amd64") ?? []);
    });
}

const set = (text: string, complete = false): PackageSet => packageSet(packages(text), "amd64", { complete });
const world = (known: string, base = "", complete = false): World => ({ known: set(known, complete), base: set(base) });
const key = (word: string): string => (word.includes(":") ? word : `${word}:amd64`);
const keys = (words: string): string[] =>
  words
    .split(" ")
    .filter((word) => word !== "")
    .map(key);
const short = (all: Iterable<string>): string =>
  [...all]
    .map((one) => one.replace(/:amd64$/, ""))
    .sort()
    .join(" ");

interface Case {
  readonly title: string;
  readonly known: string;
  readonly base?: string;
  readonly complete?: boolean;
  readonly line: string;
  /** What must come with the line. */
  readonly must: string;
}

const cases: Case[] = [
  { title: "a chain", known: "a -> b\nb -> c\nc", line: "a", must: "b c" },
  { title: "a cycle", known: "a -> b\nb -> a", line: "a", must: "b" },
  {
    title: "a virtual name that an earlier group of the field has satisfied leaves nothing unknown",
    known: "w -> core, gui | gles, core-abi\ngui -> core, core-abi\ncore +core-abi",
    line: "w",
    must: "core gui",
  },
  {
    title: "a virtual name before its satisfier may bring something unknown, which could be the other alternative",
    known: "w -> core-abi, core, gui | gles\ngui -> core, core-abi\ncore +core-abi",
    line: "w",
    must: "core",
  },
  { title: "in base", known: "a -> b\nb -> c\nc", base: "b", line: "a", must: "" },
  { title: "base too old: upgraded", known: "a -> b (>= 2)\nb=2", base: "b=1", line: "a", must: "b" },
  {
    title: "an upgrade brings its own needs",
    known: "a -> b (>= 2)\nb=2 -> c\nc",
    base: "b=1",
    line: "a",
    must: "b c",
  },
  { title: "held in base: never upgraded", known: "a -> b (>= 2)\nb=2 -> c\nc", base: "!b=1", line: "a", must: "" },
  { title: "base newer than known: no guess", known: "a -> b (= 1)\nb=1", base: "b=2", line: "a", must: "" },
  { title: "first alternative known", known: "a -> b | c\nb\nc", line: "a", must: "b" },
  { title: "second alternative in base", known: "a -> b | c\nb\nc", base: "c", line: "a", must: "" },
  { title: "second alternative in the line", known: "a -> b | c\nb\nc", line: "a c", must: "" },
  { title: "second alternative comes anyway", known: "a -> b | c\nb\nc\nd -> c", line: "a d", must: "c" },
  {
    title: "second alternative may come through a choice",
    known: "a -> b | c\nb\nc\nd -> x | c",
    line: "a d",
    must: "",
  },
  { title: "first alternative unknown: no guess", known: "a -> x | c\nc", line: "a", must: "" },
  { title: "first does not exist in a whole archive", known: "a -> x | c\nc", complete: true, line: "a", must: "c" },
  { title: "first too old in a whole archive", known: "a -> b (>= 2) | c\nb\nc", complete: true, line: "a", must: "c" },
  {
    title: "an upgrade goes before a new package: both count",
    known: "a -> b | c (>= 2)\nb -> d\nc=2 -> d\nd",
    base: "c=1",
    line: "a",
    must: "d",
  },
  { title: "virtual, one known provider, others may exist", known: "a -> v\nb +v", line: "a", must: "" },
  { title: "virtual, one provider in a whole archive", known: "a -> v\nb +v", complete: true, line: "a", must: "b" },
  {
    title: "virtual, several providers",
    known: "a -> v\nb +v -> d\nc +v -> d\nd",
    complete: true,
    line: "a",
    must: "d",
  },
  { title: "virtual, provided by base", known: "a -> v\nb +v", base: "b +v", line: "a", must: "" },
  { title: "virtual, provided by the line", known: "a -> v\nb +v\nc +v", line: "a c", must: "" },
  { title: "a versioned Provides satisfies", known: "a -> v (>= 1)\nb", base: "b +v (= 2)", line: "a", must: "" },
  { title: "a plain Provides has no version", known: "a -> v (>= 1)\nv -> w\nw", base: "b +v", line: "a", must: "v w" },
  {
    title: "t64: the old name is provided",
    known: "a -> libssl3 (>= 3)\nlibssl3t64 +libssl3 (= 3.5)",
    base: "libssl3t64 +libssl3 (= 3.5)",
    line: "a",
    must: "",
  },
  { title: "real goes before virtual", known: "a -> b\nb\nc +b", line: "a", must: "b" },
  { title: "unless the provider comes anyway", known: "a -> b\nb\nc +b\nd -> c", line: "a d", must: "c" },
  { title: "unknown package in the line", known: "b", line: "x", must: "" },
  { title: "dependency unknown", known: "a -> x, b\nb", line: "a", must: "b" },
  { title: "damaged relation", known: "a -> (>= 1), b\nb", line: "a", must: "b" },
  { title: "i386 beside amd64", known: "a:i386 -> b\nb\nb:i386", line: "a:i386", must: "b:i386" },
  { title: "i386 is not served by amd64's", known: "a:i386 -> b\nb:i386", base: "b", line: "a:i386", must: "b:i386" },
  {
    title: "i386 and a foreign package of base",
    known: "a:i386 -> b\nb:i386/foreign -> c:i386\nc:i386",
    base: "b/foreign",
    line: "a:i386",
    must: "",
  },
  {
    title: "i386 and a foreign package: either may come",
    known: "a:i386 -> b\nb:i386/foreign -> c:i386\nc:i386",
    line: "a:i386",
    must: "",
  },
  {
    title: "i386 and an architecture-independent one",
    known: "a:i386 -> b\nb:all/foreign",
    line: "a:i386",
    must: "b:all",
  },
  { title: "p:any", known: "a -> b:any\nb/allowed", line: "a", must: "b" },
  { title: "p:i386", known: "a -> b:i386\nb\nb:i386", line: "a", must: "b:i386" },
];

describe("closureOf", () => {
  test.each(cases)("$title", ({ known, base, complete, line, must }) => {
    const start = keys(line);
    const closure = closureOf(start, world(known, base, complete));
    expect(short([...closure.must].filter((one) => !start.includes(one)))).toBe(must);
    for (const one of closure.must) expect(closure.may.has(one)).toBe(true);
  });

  test("upgrades and held packages are told", () => {
    const closure = closureOf(keys("a"), world("a -> b (>= 2), c (>= 2)\nb=2\nc=2", "b=1\n!c=1"));
    expect(short(closure.upgrades)).toBe("b");
    expect(short(closure.held)).toBe("c");
  });

  test("a thousand providers and a long chain end soon", () => {
    const many = Array.from({ length: 1000 }, (_, index) => `p${index} +v -> v, p${index + 1}`).join("\n");
    const spent = cpuTime(() => {
      expect(closureOf(keys("p0"), world(many)).must.size).toBe(1000);
    });
    expect(spent).toBeLessThan(3000);
  });
});

describe("reduce", () => {
  const run = (known: string, candidates: string, base = "", upgrade = ""): ReturnType<typeof reduce> =>
    reduce(keys(candidates), world(known, base), new Set(keys(upgrade)));

  test.each([
    ["a chain", "a -> b\nb -> c\nc", "c b a", "", "a"],
    ["a cycle keeps the first by name", "libc6 -> libgcc-s1\nlibgcc-s1 -> libc6", "libgcc-s1 libc6", "", "libc6"],
    ["a cycle with one member needed", "libc6 -> libgcc-s1\nlibgcc-s1 -> libc6", "libgcc-s1", "", "libgcc-s1"],
    ["a cycle behind another", "z -> m\nm -> n\nn -> m", "m n z", "", "z"],
    ["a cycle of three", "a -> b\nb -> c\nc -> a", "c b", "", "b"],
    ["base is taken away", "a -> b\nb", "a b", "b", "a"],
    ["through a package nobody asked for", "a -> x\nx -> b\nb", "a b", "", "a"],
    ["alternatives that each stand for themselves", "a -> b | c\nb\nc", "a c", "", "a c"],
    ["first alternative implied", "a -> b | c\nb\nc", "a b", "", "a"],
    ["an unknown choice implies nothing", "a -> x | c\nc", "a c", "", "a c"],
    // apt would take b for a alone; with b named it needs no c, and with c named no b.
    ["choices hang on the line", "a -> b | c, c | b\nb\nc", "a b c", "", "a b c"],
    ["a later removal opens an earlier choice", "a -> y | z\nb -> z\ny -> z\nz", "a b y z", "", "a b y"],
  ])("%s", (_title, known, candidates, base, expected) => {
    expect(short(run(known, candidates, base).install)).toBe(expected);
  });

  test("says by whom, what base has, and what is unknown", () => {
    const result = run("a -> c\nb -> c\nc -> d\nd", "a b d x base1", "base1");
    expect(short(result.install)).toBe("a b x");
    expect([...result.implied]).toEqual([["d:amd64", ["a:amd64", "b:amd64"]]]);
    expect(short(result.base)).toBe("base1");
    expect(short(result.unknown)).toBe("x");
  });

  test("a package too old in base stays, unless apt upgrades it anyway", () => {
    expect(short(run("a\nb=2", "a b", "b=1", "b").install)).toBe("a b");
    const implied = run("a -> b (>= 2)\nb=2", "a b", "b=1", "b");
    expect(short(implied.install)).toBe("a");
    expect(short(implied.upgrades)).toBe("b");
    expect(short(run("a\nb=2", "a b", "!b=1", "b").held)).toBe("b");
  });

  test.each([
    ["by an unknown choice", "a -> x | c\nc", "a c", "c by a"],
    ["behind an unknown choice", "a -> m\nm -> x | n\nn -> c\nc\nz -> x | n", "a c z", "c by a z"],
    ["not what the first alternative leaves out", "a -> b | c\nb\nc", "a c", ""],
    ["not what the line itself decides", "a -> b | c, c | b\nb\nc", "a b c", ""],
    ["not what is certain", "a -> b\nb", "a b", ""],
    ["not what nobody can bring", "a\nb", "a b", ""],
  ])("tells what may come anyway: %s", (_title, known, candidates, expected) => {
    const told = [...run(known, candidates).perhaps].map(([one, by]) => `${short([one])} by ${short(by)}`);
    expect(told.join(", ")).toBe(expected);
  });

  test("what is taken away still follows from what is left, and nothing more can go", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const { known, candidates } = randomWorld(seed);
      const { install, implied, closure } = reduce(keys(candidates), known);
      for (const one of implied.keys()) expect(closure.must.has(one)).toBe(true);
      for (const one of install) {
        const { must } = closureOf(new Set(install.filter((other) => other !== one)), known);
        expect([one, ...implied.keys()].every((other) => must.has(other))).toBe(false);
      }
    }
  });

  test("implies", () => {
    const known = world("a -> b\nb -> c\nc");
    expect(implies(keys("a"), "c:amd64", known)).toBe(true);
    expect(implies(keys("b"), "a:amd64", known)).toBe(false);
  });

  test("explains", () => {
    const { closure } = run("a -> b\nb -> x | y, c (>= 1)\nc -> a", "a");
    expect(explain("a:amd64", "c:amd64", closure)).toEqual([
      { from: "a:amd64", to: "b:amd64", field: "Depends", relation: "b" },
      { from: "b:amd64", to: "c:amd64", field: "Depends", relation: "c (>= 1)" },
    ]);
    expect(explain("a:amd64", "x:amd64", closure)).toBeNull();
    expect(explain("a:amd64", "a:amd64", closure)).toEqual([]);
  });
});

/** Small worlds of single dependencies and alternatives, some names unknown. */
function randomWorld(seed: number): { known: World; candidates: string } {
  let state = seed * 7919;
  const random = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  };
  const name = (): string => `p${random(9)}`;
  const lines = Array.from({ length: 8 }, (_, index) => {
    const groups = Array.from({ length: random(3) }, () => (random(3) === 0 ? `${name()} | ${name()}` : name()));
    return `p${index}${groups.length === 0 ? "" : ` -> ${groups.join(", ")}`}`;
  });
  const base = random(2) === 0 ? "p7" : "";
  return { known: world(lines.join("\n"), base, random(2) === 0), candidates: "p0 p1 p2 p3 p4 p5" };
}
