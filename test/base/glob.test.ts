import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isGlob, matchesGlob } from "../../src/base/glob.ts";
import { cpuTime } from "../cpu.ts";

describe("matchesGlob", () => {
  it.each([
    ["libssl.so.*", "libssl.so.3", true],
    ["libssl.so.*", "libssl.so", false],
    ["*", "", true],
    ["", "", true],
    ["", "a", false],
    ["a*b*c", "aXbYbZc", true],
    ["a*b*c", "aXbYbZ", false],
    ["lib?.so", "liba.so", true],
    ["lib?.so", "lib.so", false],
    ["libstdc++.so.6", "libstdc++.so.6", true],
    ["a.c", "abc", false],
    ["[a-c]x", "bx", true],
    ["[!a-c]x", "bx", false],
    ["[^a-c]x", "dx", true],
    ["[]]", "]", true],
    ["[!]]", "]", false],
    ["[a-]", "-", true],
    ["[[:digit:]]*", "5a", true],
    ["[[:digit:]x]", "x", true],
    ["[![:alpha:]]", "a", false],
    ["[a\\]b]", "]", true],
    ["[abc", "[abc", true],
    ["\\*", "*", true],
    ["\\*", "a", false],
    ["a\\", "a\\", true],
    [".*", ".conf", true],
  ])("%s %s", (pattern, name, expected) => {
    expect(matchesGlob(pattern, name)).toBe(expected);
  });

  it("takes no time for what would hurt a regular expression", () => {
    const time = cpuTime(() => {
      expect(matchesGlob("*a*a*a*a*a*a*b", "a".repeat(60))).toBe(false);
      expect(matchesGlob(`${"a*".repeat(30)}b`, "a".repeat(10_000))).toBe(false);
      expect(matchesGlob(`${"*a".repeat(1000)}b`, "a".repeat(255))).toBe(false);
      expect(matchesGlob(`*${"[a".repeat(1000)}`, "[".repeat(255))).toBe(false);
    });
    expect(time).toBeLessThan(500);
  });

  it("agrees with the patterns of sh", () => {
    const char = fc.constantFrom(..."ab-]![^\\*?.:");
    const some = fc.array(
      fc.tuple(
        fc.string({ unit: char, maxLength: 8 }),
        fc.string({ unit: fc.constantFrom(..."ab-]![^."), maxLength: 6 }),
      ),
      { minLength: 100, maxLength: 100 },
    );
    // A `[` that is closed inside of a class, or by an escape alone, is read differently by shells.
    const isClear = ([pattern]: readonly [string, string]): boolean => !/\[[^\]]*[[\\:]|\\$/.test(pattern);
    fc.assert(
      fc.property(some, (pairs) => {
        const asked = pairs.filter(isClear);
        const script = "while [ $# -gt 0 ]; do case $2 in $1) printf 1;; *) printf 0;; esac; shift 2; done";
        const said = execFileSync("dash", ["-c", script, "sh", ...asked.flat()], { env: { LC_ALL: "C" } });
        expect(asked.map(([pattern, name]) => (matchesGlob(pattern, name) ? "1" : "0")).join("")).toBe(String(said));
      }),
      { numRuns: 20 },
    );
  });
});

describe("isGlob", () => {
  it.each([
    ["/etc/ld.so.conf.d/*.conf", true],
    ["a[b]", true],
    ["a\\b", true],
    ["/etc/x.conf", false],
  ])("%s", (pattern, expected) => {
    expect(isGlob(pattern)).toBe(expected);
  });
});
