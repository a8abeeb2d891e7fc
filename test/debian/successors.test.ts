import { describe, expect, test } from "vitest";
import { relativesOf, sonameStory, stemOf } from "../../src/debian/soname-family.ts";
import { mayBeNewer, successorsOf } from "../../src/debian/successors.ts";
import { openTables } from "../../src/debian/tables.ts";

const sorted = (...rows: string[]): string => rows.sort().join("\n");
const TEXTS: Record<string, string> = {
  "releases.tsv":
    "debian-12\tbookworm\tx\tcomplete\t2\ndebian-13\ttrixie\tx\tcomplete\t3\nubuntu-24.04\tnoble\tx\tpartial\tc\n",
  "names.tsv": sorted(
    "apps2-cli\t2:",
    "apps3-cli\t3:",
    "apps4\t3:",
    "apps4-cli\t3:apps5-cli",
    "apps5-cli\t3:",
    "apps10-cli\t3:",
    "clang-18\t3:",
    "clang-19\t3:",
    "gone1\t2:",
    "lib3mf1\t2:",
    "lib4mf1\t3:",
    "libmany1\t2:",
    "libone1\t2:",
    "libone2t64\t3:",
    "libsame1\t2c:",
    "libsame1t64\t3:",
    "lone-5\t3:",
    "lone-6\t2:",
    "only\t2:",
    "only1\t3:",
  ),
  "sonames/debian-12.tsv": sorted(
    "libmany-a.so.1\tlibmany1",
    "libmany-b.so.1\tlibmany1",
    "libmany-c.so.1\tlibmany1",
    "libone.so.1\tlibone1",
    "libsame.so.1\tlibsame1",
    "libseen.so.1\tlibseen1\tx+debian-pattern",
  ),
  "sonames/debian-13.tsv": sorted(
    "libmany-a.so.1\tliba2",
    "libmany-b.so.1\tlibz2|libmany1",
    "libmany-c.so.1\tlibz2",
    "libone.so.2\tlibone2t64",
    "libone.so.2.5\tlibone2t64",
    "libone.so.10\tlibone10",
    "libone-*.so\tnever\tglob",
    "libone.so.3\tguessed\tx+debian-pattern",
    "libsame.so.1\tlibsame1t64|other",
    "libtime.so.1t64\tlibtime1t64",
  ),
  "sonames/ubuntu-24.04.tsv": sorted("libsame.so.1\tlibubuntu1"),
};
const tables = openTables((name) => TEXTS[name] ?? null);

describe("successorsOf", () => {
  test.each([
    ["those with the same library", "libsame1", ["libsame1t64"]],
    ["the most frequent first", "libmany1", ["libz2", "liba2"]],
    ["those with the newest version of its library", "libone1", ["libone10"]],
    ["those whose names differ in numbers alone, newest first", "apps2-cli", ["apps10-cli", "apps5-cli", "apps3-cli"]],
    ["none where too little stands before the number", "lib3mf1", []],
    ["none for a name without a number", "only", []],
    ["none for a name that no release has", "nothing1", []],
  ])("%s", (_, name, expected) => {
    expect(successorsOf(tables, "debian-13", name)).toEqual(expected);
  });

  test("none in a release that is not known", () => {
    expect(successorsOf(tables, "debian-99", "libsame1")).toEqual([]);
  });
});

test.each([
  ["clang-20", true],
  ["clang-19", false],
  ["clang-17", false],
  // Of which the release has one version alone.
  ["lone-9", false],
  ["gone", false],
])("mayBeNewer: %s: %s", (name, expected) => {
  expect(mayBeNewer(tables, "debian-13", name)).toBe(expected);
  expect(mayBeNewer(tables, "debian-99", name)).toBe(false);
});

describe("relativesOf", () => {
  const relatives = (soname: string) => relativesOf(tables, "debian-13", soname).map((one) => one.soname);
  test("are other versions of the library that are proved, newest first", () => {
    expect(relatives("libone.so.1")).toEqual(["libone.so.10", "libone.so.2"]);
    // The file behind a SONAME counts where as many numbers are asked for.
    expect(relatives("libone.so.1.0")).toEqual(["libone.so.10", "libone.so.2.5", "libone.so.2"]);
    expect(relatives("libon.so.1")).toEqual([]);
  });
});

describe("sonameStory", () => {
  test("tells the same library with t64, and the releases that have the soname", () => {
    const same = { soname: "libtime.so.1t64", packages: ["libtime1t64"] };
    expect(sonameStory(tables, "debian-13", "libtime.so.1")).toEqual({ same, versions: [same], elsewhere: [] });
    expect(sonameStory(tables, "debian-13", "libsame.so.1").elsewhere).toEqual([
      { release: "debian-12", packages: ["libsame1"] },
      { release: "ubuntu-24.04", packages: ["libubuntu1"] },
    ]);
    expect(sonameStory(tables, null, "libsame.so.1").elsewhere).toHaveLength(3);
    // A soname that another begins with, and one that is not proved there.
    expect(sonameStory(tables, null, "libsame.so").elsewhere).toEqual([]);
    expect(sonameStory(tables, null, "libseen.so.1").elsewhere).toEqual([]);
  });
});

test.each([
  ["libssl3t64", "libssl"],
  ["libicui18n.so.72", "libicui"],
  ["libboost-1.74", "libboost"],
  ["lib_A.1", "lib-a"],
  ["lib3mf.so.1", "lib3mf"],
  ["7zip", ""],
  ["plain", "plain"],
])("the stem of %s is %j", (name, stem) => expect(stemOf(name)).toBe(stem));
