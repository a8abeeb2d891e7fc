import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { compareVersions, parseVersion } from "../../src/debian/version.ts";

describe("parseVersion", () => {
  test.each([
    ["1.2-3", { epoch: "0", upstream: "1.2", revision: "3" }],
    ["1:1.2-3-4", { epoch: "1", upstream: "1.2-3", revision: "4" }],
    ["2:a:b", { epoch: "2", upstream: "a:b", revision: "" }],
    ["a:1", { epoch: "0", upstream: "a:1", revision: "" }],
    ["", { epoch: "0", upstream: "", revision: "" }],
  ])("%s", (text, expected) => {
    expect(parseVersion(text)).toEqual(expected);
  });
});

describe("compareVersions", () => {
  test.each([
    ["1.0", "1.0-0", 0],
    ["1.0~rc1", "1.0", -1],
    ["1.0~~", "1.0~", -1],
    ["1.0", "1.0a", -1],
    ["1.0a", "1.0+", -1],
    ["1.10", "1.9", 1],
    ["1.010", "1.10", 0],
    ["1:0", "9", 1],
    ["0:1", "1", 0],
    ["1.2.3-4ubuntu0.1", "1.2.3-4", 1],
    ["99999999999999999999999", "99999999999999999999998", 1],
  ])("%s against %s", (a, b, expected) => {
    expect(Math.sign(compareVersions(a, b))).toBe(expected);
    expect(Math.sign(compareVersions(b, a))).toBe(expected === 0 ? 0 : -expected);
  });

  test("very long versions take linear time", () => {
    const long = `${"0".repeat(100_000)}1${"a".repeat(100_000)}`;
    expect(compareVersions(`${long}a`, `${long}b`)).toBeLessThan(0);
  });

  const dpkg = spawnSync("dpkg", ["--version"]).status === 0;
  test.skipIf(!dpkg)("agrees with dpkg on a thousand made pairs", { tags: ["machine"], timeout: 300_000 }, () => {
    const pairs = madePairs(1000);
    const script =
      'while read -r a b; do if dpkg --compare-versions "$a" lt "$b"; then echo -1; elif dpkg --compare-versions "$a" eq "$b"; then echo 0; else echo 1; fi; done';
    const input = pairs.map((pair) => pair.join(" ")).join("\n");
    const judge = spawnSync("sh", ["-c", script], { input: `${input}\n`, encoding: "utf8" });
    const expected = judge.stdout.trim().split("\n");
    expect(expected).toHaveLength(pairs.length);
    const wrong = pairs.filter(([a, b], index) => String(Math.sign(compareVersions(a, b))) !== expected[index]);
    expect(wrong).toEqual([]);
  });
});

/** Pairs from a small alphabet, half of them one edit apart, from a fixed seed. */
function madePairs(count: number): [string, string][] {
  let state = 20261123;
  const random = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  };
  const pick = (alphabet: string): string => alphabet[random(alphabet.length)] ?? "0";
  const part = (alphabet: string): string => Array.from({ length: 1 + random(5) }, () => pick(alphabet)).join("");
  const version = (): string => {
    const epoch = random(4) === 0 ? `${random(3)}:` : "";
    const revision = random(2) === 0 ? `-${part("0019abzAZ.+~")}` : "";
    return `${epoch}${random(12)}${part("00129abzAZ.+~")}${random(8) === 0 ? `-${random(3)}` : ""}${revision}`;
  };
  const edit = (text: string): string => {
    const at = text.indexOf(":") + 2 + random(Math.max(1, text.length - text.indexOf(":") - 2));
    return `${text.slice(0, at)}${pick("0~a+.1Z")}${text.slice(at + random(2))}`;
  };
  return Array.from({ length: count }, () => {
    const a = version();
    return [a, random(2) === 0 ? version() : edit(a)];
  });
}
