import { describe, expect, test } from "vitest";
import {
  parseProvides,
  parseRelations,
  type Satisfier,
  satisfies,
  satisfiesByName,
  satisfiesByProvides,
  versionFits,
} from "../../src/debian/relations.ts";

describe("parseRelations", () => {
  test("groups, alternatives, versions and qualifiers", () => {
    const groups = parseRelations("libc6 (>= 2.36),\n python3:any (<< 3.12) | libfoo:i386 ,a(=1:2-3)|b, c ( >> 1 )");
    expect(groups.map((group) => group.text)).toEqual([
      "libc6 (>= 2.36)",
      "python3:any (<< 3.12) | libfoo:i386",
      "a(=1:2-3)|b",
      "c ( >> 1 )",
    ]);
    expect(groups[1]?.alternatives).toEqual([
      { name: "python3", qualifier: "any", operator: "<<", version: "3.12" },
      { name: "libfoo", qualifier: "i386", operator: null, version: null },
    ]);
    expect(groups[2]?.alternatives[0]).toEqual({ name: "a", qualifier: null, operator: "=", version: "1:2-3" });
    expect(groups[3]?.alternatives[0]).toEqual({ name: "c", qualifier: null, operator: ">>", version: "1" });
  });

  test("obsolete operators mean `or equal`", () => {
    expect(parseRelations("a (< 1), b (> 1)").map((group) => group.alternatives[0]?.operator)).toEqual(["<=", ">="]);
  });

  test("architecture restrictions and build profiles", () => {
    const names = (text: string): unknown => parseRelations(text, "amd64").map((group) => group.alternatives[0]?.name);
    expect(names("a [amd64], b [i386], c [!amd64], d [!i386] <!nocheck>, e [any]")).toEqual(["a", "d", "e"]);
  });

  test("what cannot be read is a relation that nothing satisfies", () => {
    expect(parseRelations("a b c, (>= 1), x (~ 2)").map((group) => group.alternatives[0]?.name)).toEqual(["", "", ""]);
    expect(parseRelations(" , ,")).toEqual([]);
    expect(parseRelations("")).toEqual([]);
  });

  test.each<[string, string | null, string[]]>([
    ["a [i386 amd64]", "amd64", ["a"]],
    ["a [i386  armhf]", "amd64", []],
    ["a [!i386 !amd64]", "amd64", []],
    ["a [!i386 !armhf]", "amd64", ["a"]],
    ["a [ amd64 ]", "amd64", ["a"]],
    ["a []", "amd64", []],
    ["a [i386] | b", "amd64", ["b"]],
    // Without an architecture everything applies.
    ["a [i386] | b", null, ["a", "b"]],
    ["a (>= 1) [amd64] <!nocheck> <cross>", "amd64", ["a"]],
  ])("%s on %s", (text, architecture, expected) => {
    const [group] = parseRelations(text, architecture);
    expect(group?.alternatives.map(({ name }) => name) ?? []).toEqual(expected);
  });

  test.each([
    ["A:Any", [{ name: "", qualifier: null, operator: null, version: null }]],
    ["LibA", [{ name: "liba", qualifier: null, operator: null, version: null }]],
    ["a :any (<= 1)", [{ name: "a", qualifier: "any", operator: "<=", version: "1" }]],
    ["a (1)", [{ name: "", qualifier: null, operator: null, version: null }]],
    ["a (= )", [{ name: "", qualifier: null, operator: null, version: null }]],
    ["a (= 1) x", [{ name: "", qualifier: null, operator: null, version: null }]],
    ["x a", [{ name: "", qualifier: null, operator: null, version: null }]],
    ["-a", [{ name: "", qualifier: null, operator: null, version: null }]],
  ])("reads %j", (text, alternatives) => {
    expect(parseRelations(text)).toEqual([{ text, alternatives }]);
  });

  test("Provides are single relations; what cannot be read is left out", () => {
    expect(parseProvides("a, b (= 1), c c, d [i386]", "amd64").map(({ name }) => name)).toEqual(["a", "b"]);
  });

  test("long damaged input takes linear time", () => {
    expect(parseRelations(`a${" ".repeat(500_000)}(${" <".repeat(100_000)}`)).toHaveLength(1);
  });
});

const amd64 = { architecture: "amd64", native: "amd64" };
const i386 = { architecture: "i386", native: "amd64" };
const all = { architecture: "all", native: "amd64" };

function made(overrides: Partial<Satisfier> & { provided?: string } = {}): Satisfier {
  const { provided, ...rest } = overrides;
  const provides = parseProvides(provided ?? "");
  return { name: "p", architecture: "amd64", version: "2-1", multiArch: "no", provides, ...rest };
}

describe("satisfies", () => {
  test.each([
    ["p", made(), amd64, true],
    ["q", made(), amd64, false],
    ["p (>= 2-1)", made(), amd64, true],
    ["p (>> 2-1)", made(), amd64, false],
    ["p (<= 2-1)", made(), amd64, true],
    ["p (<< 2-1)", made(), amd64, false],
    ["p (= 2-1)", made(), amd64, true],
    ["p", made(), i386, false],
    ["p", made({ multiArch: "same" }), i386, false],
    ["p", made({ multiArch: "foreign" }), i386, true],
    ["p", made({ multiArch: "allowed" }), i386, false],
    ["p:any", made({ multiArch: "allowed" }), i386, true],
    ["p:any", made({ multiArch: "foreign" }), amd64, false],
    ["p:any", made(), amd64, false],
    ["p:amd64", made(), i386, true],
    ["p:i386", made({ multiArch: "foreign" }), i386, false],
    ["p:i386", made({ architecture: "i386" }), amd64, true],
    ["p", made({ architecture: "all" }), amd64, true],
    ["p", made({ architecture: "all" }), all, true],
    ["p", made({ architecture: "all" }), i386, false],
    ["p", made({ architecture: "all", multiArch: "foreign" }), i386, true],
    ["p", made({ architecture: "i386" }), all, false],
    ["v", made({ provided: "v" }), amd64, true],
    ["v (>= 1)", made({ provided: "v" }), amd64, false],
    ["v (>= 1)", made({ provided: "v (= 1.5)" }), amd64, true],
    ["v (>= 1)", made({ provided: "v (= 0.5)" }), amd64, false],
    ["v (>= 1)", made({ provided: "v (>= 1)" }), amd64, false],
    ["v", made({ provided: "u, v (= 3)" }), amd64, true],
    ["v", made({ provided: "v" }), i386, false],
    ["v", made({ provided: "v", multiArch: "foreign" }), i386, true],
    ["v:any", made({ provided: "v", multiArch: "allowed" }), i386, true],
    ["v", made({ provided: "v:i386" }), i386, true],
    ["v", made({ provided: "v:i386" }), amd64, false],
    ["v:any", made({ provided: "v:any" }), i386, true],
  ])("%s", (text, candidate, requester, expected) => {
    const relation = parseRelations(text)[0]?.alternatives[0];
    expect(relation !== undefined && satisfies(candidate, relation, requester)).toBe(expected);
  });
});

describe("versionFits", () => {
  const fits = (version: string, text: string) => {
    const relation = parseRelations(text)[0]?.alternatives[0];
    return relation !== undefined && versionFits(version, relation);
  };
  test.each([
    ["<<", [true, false, false]],
    ["<=", [true, true, false]],
    ["=", [false, true, false]],
    [">=", [false, true, true]],
    [">>", [false, false, true]],
  ])("%s", (operator, expected) => {
    expect(["1", "2", "3"].map((version) => fits(version, `a (${operator} 2)`))).toEqual(expected);
  });

  test("any version fits a relation without one", () => expect(fits("1", "a")).toBe(true));
});

test("a package satisfies by its name or by what it provides, and those are told apart", () => {
  const relationOf = (text: string) => {
    const relation = parseRelations(text)[0]?.alternatives[0];
    if (relation === undefined) throw new Error(text);
    return relation;
  };
  const candidate = made({ provided: "v, p (= 9)" });
  const by = (text: string) => {
    const relation = relationOf(text);
    return [satisfiesByName(candidate, relation, amd64), satisfiesByProvides(candidate, relation, amd64)];
  };
  expect(by("p")).toEqual([true, true]);
  expect(by("v")).toEqual([false, true]);
  // Its own version does not do, that of what it provides does.
  expect(by("p (= 9)")).toEqual([false, true]);
  expect(satisfies(candidate, relationOf("p (= 9)"), amd64)).toBe(true);
  expect(by("p (= 8)")).toEqual([false, false]);
  expect(by("(>= 1)")).toEqual([false, false]);
});

test("a relation that could not be read is satisfied by nothing, not even by a package without a name", () => {
  const [group] = parseRelations("a b");
  const nameless = made({ name: "", provided: "" });
  const relation = group?.alternatives[0];
  expect(relation && satisfies({ ...nameless, provides: [relation] }, relation, amd64)).toBe(false);
});

test("a package without an architecture counts as native", () => {
  const relation = parseRelations("p")[0]?.alternatives[0];
  expect(relation && satisfies(made(), relation, { architecture: "", native: "amd64" })).toBe(true);
  expect(relation && satisfies(made(), relation, { architecture: "", native: "arm64" })).toBe(false);
});
