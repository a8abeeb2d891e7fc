import { describe, expect, test } from "vitest";
import { shippedTables } from "../../src/commands/shipped-tables.ts";
import { inferredRename, lookupName, onlyProvider, releasesWithName } from "../../src/debian/names.ts";
import { mayBeNewer, successorsOf } from "../../src/debian/successors.ts";
import { openTables } from "../../src/debian/tables.ts";

const tables = shippedTables();

describe("lookupName", () => {
  const texts: Record<string, string> = {
    "releases.tsv":
      "debian-13\ttrixie\tdebian:trixie-slim\tcomplete\t3\ndebian-14\tforky\tdebian:forky-slim\tmoving\t4\nubuntu-24.04\tnoble\tubuntu:24.04\tpartial\tc\n",
    "names.tsv": "# x\nliba1\t3c:\t4:liba1t64\nlibb\t34:b1|b2|+30\n",
    "unlisted-names.tsv": "^librust-.*-dev$\tcrates\n",
  };
  const small = openTables((name) => texts[name] ?? null);
  test.each([
    ["debian-13", "liba1", { kind: "package" }],
    ["debian-14", "liba1", { kind: "virtual", providers: ["liba1t64"], more: 0 }],
    ["debian-14", "libb", { kind: "virtual", providers: ["b1", "b2"], more: 30 }],
    ["debian-13", "liba", { kind: "absent" }],
    ["debian-14", "liba11", { kind: "absent" }],
    ["debian-13", "librust-a-dev", { kind: "unknown" }],
    ["ubuntu-24.04", "liba1", { kind: "package" }],
    ["ubuntu-24.04", "libb", { kind: "unknown" }],
    ["../x", "liba1", { kind: "unknown" }],
    ["debian-13", "# x", { kind: "absent" }],
  ])("%s %s", (release, name, expected) => expect(lookupName(small, release, name)).toEqual(expected));

  test("one provider is taken, several are not", () => {
    expect(onlyProvider({ kind: "virtual", providers: ["a"], more: 0 })).toBe("a");
    expect(onlyProvider({ kind: "virtual", providers: ["a"], more: 1 })).toBeNull();
    expect(onlyProvider({ kind: "virtual", providers: ["a", "b"], more: 0 })).toBeNull();
    expect(onlyProvider({ kind: "package" })).toBeNull();
  });
});

describe("the shipped names", () => {
  test.each([
    ["debian-11", "libssl1.1", "package"],
    ["debian-12", "libssl1.1", "absent"],
    ["debian-13", "libgcc1", "libgcc-s1"],
    ["debian-13", "libappindicator3-1", "libayatana-appindicator3-1"],
    ["debian-13", "liblapacke.so.3", "liblapacke"],
    ["debian-12", "libssl3", "package"],
    ["debian-13", "libssl3", "libssl3t64"],
    ["debian-13", "libaio1", "absent"],
    ["debian-14", "libicu78", "package"],
    // Only on arm64.
    ["debian-13", "linux-image-arm64", "package"],
    ["ubuntu-22.04", "libssl3", "package"],
    ["ubuntu-22.04", "no-such-name", "unknown"],
  ])("%s %s: %s", (release, name, expected) => {
    const answer = lookupName(tables, release, name);
    expect(onlyProvider(answer) ?? answer.kind).toBe(expected);
  });

  test("in which releases", () => {
    expect(releasesWithName(tables, "libicu67").map(({ key }) => key)).toEqual(["debian-11"]);
    expect(releasesWithName(tables, "no-such-name")).toEqual([]);
  });

  test.each([
    ["ubuntu-24.04", "libssl3", { name: "libssl3t64", provides: true }],
    ["ubuntu-24.04", "libperl5.38", { name: "libperl5.38t64", provides: null }],
    ["ubuntu-24.04", "libaio1", { name: "libaio1t64", provides: false }],
    ["ubuntu-24.04", "zlib1g", null],
    ["ubuntu-22.04", "libssl3", null],
    ["debian-13", "libssl3", null],
  ])("inferred in %s: %s", (release, name, expected) =>
    expect(inferredRename(tables, release, name)).toEqual(expected),
  );
});

describe("successorsOf", () => {
  test.each([
    ["debian-13", "libddsc0debian", ["libddsc0t64"]],
    ["debian-13", "libicu72", ["libicu76"]],
    ["debian-13", "libssl1.1", ["libssl3t64"]],
    ["debian-12", "libssl3t64", ["libssl3"]],
    ["debian-13", "libpcre3", []],
    ["debian-13", "python3.11", ["python3.13"]],
    ["debian-13", "openjdk-17-jre-headless", ["openjdk-25-jre-headless", "openjdk-21-jre-headless"]],
    ["ubuntu-24.04", "libicu70", ["libicu74"]],
    ["no-release", "libicu70", []],
  ])("%s %s", (release, name, expected) => expect(successorsOf(tables, release, name)).toEqual(expected));

  test.each([
    ["clang-99", true],
    ["clang-13", false],
    ["libicu99", false],
    ["no-such-name", false],
  ])("%s may be newer than the tables: %s", (name, expected) =>
    expect(mayBeNewer(tables, "debian-13", name)).toBe(expected),
  );
});
