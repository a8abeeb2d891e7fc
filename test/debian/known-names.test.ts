import { describe, expect, test } from "vitest";
import { knownNames } from "../../src/debian/known-names.ts";
import { openTables } from "../../src/debian/tables.ts";

const TEXTS: Record<string, string> = {
  "releases.tsv":
    "debian-12\tbookworm\tx\tcomplete\t2\ndebian-13\ttrixie\tx\tcomplete\t3\ndebian-14\tforky\tx\tmoving\t4\nubuntu-24.04\tnoble\tx\tpartial\tc\n",
  "names.tsv": "liba1\t2:\nliba1t64\t34:\nlibb\t3:b1|b2\nonly-ubuntu\tc:\n",
};
const tables = openTables((name) => TEXTS[name] ?? null);
const ALL = ["liba1", "liba1t64", "libb", "only-ubuntu"];

describe("the names that are known of a release", () => {
  test.each<[string | null, readonly string[], boolean]>([
    ["debian-12", ["liba1"], true],
    // A virtual name is one that apt knows.
    ["debian-13", ["liba1t64", "libb"], true],
    // New names come every day.
    ["debian-14", ALL, false],
    ["ubuntu-24.04", ALL, false],
    ["no-release", ALL, false],
    [null, ALL, false],
  ])("%s", (release, names, complete) => {
    const known = knownNames(tables, release);
    expect([...known.all]).toEqual(names);
    expect(ALL.filter((name) => known.has(name))).toEqual(names);
    expect(known.complete).toBe(complete);
    expect(known.has("liba")).toBe(false);
  });

  test("without tables there are none", () => {
    const known = knownNames(
      openTables(() => null),
      "debian-13",
    );
    expect([[...known.all], known.has("liba1"), known.complete]).toEqual([[], false, false]);
  });

  test("are read once for all releases whose names are not all known", () => {
    const reads: string[] = [];
    const counted = openTables((name) => {
      reads.push(name);
      return TEXTS[name] ?? null;
    });
    const known = knownNames(counted, null);
    expect(known.all).toBe(knownNames(counted, "ubuntu-24.04").all);
    expect(known.all).not.toBe(knownNames(counted, "debian-13").all);
    expect(reads.filter((name) => name === "names.tsv")).toHaveLength(1);
  });
});
