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

describe("rows and keys", () => {
  const texts: Record<string, string> = {
    "a.tsv": "# head\nx\t1\n\nlib*.so\t2\n#x\t3\nx\t4\n",
    "empty.tsv": "",
  };
  const reads: string[] = [];
  const tables = openTables((name) => {
    reads.push(name);
    return texts[name] ?? null;
  });

  test("comments begin with # and a space, empty lines are none", () => {
    expect(tables.rows("a.tsv")).toEqual([
      ["x", "1"],
      ["lib*.so", "2"],
      ["#x", "3"],
      ["x", "4"],
    ]);
    expect(tables.rows("empty.tsv")).toEqual([]);
    expect(tables.rows("none.tsv")).toBeNull();
  });

  test("keys with a star are patterns, of others the last row counts", () => {
    const keyed = tables.keyed("a.tsv");
    expect([...(keyed?.exact ?? [])]).toEqual([
      ["x", ["x", "4"]],
      ["#x", ["#x", "3"]],
    ]);
    expect(keyed?.patterns).toEqual([["lib*.so", "2"]]);
    expect(tables.keyed("none.tsv")).toBeNull();
  });

  test("a text is read once for its rows, also where there is none", () => {
    for (const name of ["a.tsv", "none.tsv"]) {
      tables.rows(name);
      tables.keyed(name);
    }
    expect(reads.filter((name) => name === "a.tsv" || name === "none.tsv")).toEqual(["a.tsv", "none.tsv"]);
  });
});
