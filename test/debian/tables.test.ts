import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openTables } from "../../src/debian/tables.ts";

/** The rows of a table with a text that begin with a prefix. */
const startingWith = (text: string | null, prefix: string) => [...openTables(() => text).startingWith("x.tsv", prefix)];

describe("startingWith", () => {
  const text = "# head\na\t1\nab\t2\nab-c\t3\nb\t4\n";
  test.each([
    [
      "ab",
      [
        ["ab", "2"],
        ["ab-c", "3"],
      ],
    ],
    ["ab\t", [["ab", "2"]]],
    ["a\t", [["a", "1"]]],
    ["b", [["b", "4"]]],
    ["c", []],
    ["A", []],
    [
      "",
      [
        ["a", "1"],
        ["ab", "2"],
        ["ab-c", "3"],
        ["b", "4"],
      ],
    ],
  ])("%j", (prefix, rows) => expect(startingWith(text, prefix)).toEqual(rows));

  test("no table, an empty one, one without a last line break", () => {
    expect(startingWith(null, "a")).toEqual([]);
    expect(startingWith("", "")).toEqual([]);
    expect(startingWith("a\t1", "a")).toEqual([["a", "1"]]);
  });

  test("finds what a look at every row finds", () => {
    const word = fc.stringMatching(/^[ab+.-]{1,5}$/);
    fc.assert(
      fc.property(fc.uniqueArray(word, { maxLength: 30 }), word, (keys, prefix) => {
        const sorted = [...keys].sort();
        const rows = sorted.map((key, index) => `${key}\t${index}\n`);
        const found = startingWith(`# h\n${rows.join("")}`, prefix).map(([key]) => key);
        expect(found).toEqual(sorted.filter((key) => key.startsWith(prefix)));
      }),
    );
  });
});
