import { describe, expect, test } from "vitest";
import { compareNames, decodeName, encodeName } from "../../src/base/names.ts";
import { pathFields, printable } from "../../src/report/names.ts";
import { droppedText } from "../../src/report/wording.ts";

describe("printable", () => {
  test.each([
    ["plain", "/usr/lib/libstdc++.so.6", "/usr/lib/libstdc++.so.6"],
    ["a backslash alone stays", "a\\b", "a\\b"],
    ["a newline cannot end a comment", "a\nRUN rm", "a\\x0aRUN rm"],
    ["a backslash beside an escape is doubled", "\\\n", "\\\\\\x0a"],
    ["an escape sequence cannot reach a terminal", "\u001b[2J", "\\x1b[2J"],
    ["a direction override is shown by its bytes", "a\u202eb", "a\\xe2\\x80\\xaeb"],
    ["umlauts stay", "ä", "ä"],
  ])("%s", (_, name, text) => {
    expect(printable(name)).toBe(text);
  });

  test("bytes that are not UTF-8 are escaped, with the bytes beside them", () => {
    const name = decodeName(Buffer.from([0x2f, 0xff, 0x61]));
    expect(pathFields(name)).toEqual({ path: "/\\xffa", pathBase64: "L/9h" });
    expect(pathFields("/a")).toEqual({ path: "/a" });
  });
});

describe("names of any bytes", () => {
  test("every byte string comes back as it was", () => {
    let seed = 7;
    const random = (): number => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return seed;
    };
    for (let round = 0; round < 2000; round++) {
      const bytes = Buffer.from(Array.from({ length: random() % 12 }, () => random() % 256));
      expect(encodeName(decodeName(bytes)).equals(bytes)).toBe(true);
    }
  });

  test("a surrogate in CESU form is three bytes, not one character", () => {
    const bytes = Buffer.from([0xed, 0xa0, 0x80]);
    expect(decodeName(bytes)).toHaveLength(3);
    expect(encodeName(decodeName(bytes)).equals(bytes)).toBe(true);
  });

  test("the order is that of the bytes, also beyond the BMP", () => {
    const names = ["\u{10000}", "\uffee", "a", "Z", decodeName(Buffer.from([0xff]))];
    const sorted = [...names].sort(compareNames).map((name) => encodeName(name).toString("hex"));
    expect(sorted).toEqual([...sorted].sort());
  });
});

test("a script's path cannot end the line that tells of it", () => {
  const item = { package: "curl", reason: "no-evidence", calledBy: "/out/a\nRUN b:3" } as const;
  expect(droppedText(item, { suggested: [], notes: [] })).toBe("/out/a\\x0aRUN b:3 calls it");
});
