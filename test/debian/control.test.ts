import { describe, expect, test } from "vitest";
import { field, parseStanzas } from "../../src/debian/control.ts";

describe("parseStanzas", () => {
  test("reads stanzas, continuations, comments and any case of names", () => {
    const text = [
      "",
      "Package: a",
      "# a comment",
      "Description: first",
      " second",
      " .",
      "\tthird",
      "",
      "",
      "package:b",
      "VERSION:  1:2-3 ",
    ].join("\r\n");
    const [a, b, ...rest] = parseStanzas(text);
    expect(rest).toEqual([]);
    expect(a && field(a, "package")).toBe("a");
    expect(a && field(a, "Description")).toBe("first\nsecond\n.\nthird");
    expect(b && field(b, "Package")).toBe("b");
    expect(b && field(b, "Version")).toBe("1:2-3");
  });

  test("damaged lines cost nothing but themselves", () => {
    const [stanza] = parseStanzas(
      " leading\nno colon here\n: no name\n-dash: x\na b: x\nPackage: a\n__proto__: x\nPackage: b\n",
    );
    expect(stanza && field(stanza, "Package")).toBe("b");
    expect(stanza && [...stanza.keys()]).toEqual(["package", "__proto__"]);
    expect(parseStanzas("")).toEqual([]);
  });
});
