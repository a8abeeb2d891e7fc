import { describe, expect, test } from "vitest";
import { readStanzas } from "../../src/debian/control.ts";

describe("readStanzas", () => {
  test("reads stanzas, folded fields, comments and names in any case", () => {
    const text = [
      "",
      "Package: a",
      "# a comment",
      "Depends: first,",
      " second,",
      " ",
      "version: 7",
      "Conffiles:",
      " /etc/a 1",
      "Source:",
      "\tthird",
      "  ",
      "",
      "package:b",
      "VERSION:  1:2-3 ",
      "Version: 2",
    ].join("\r\n");
    expect([...readStanzas(text, ["Package", "Depends", "Version", "Source"])]).toEqual([
      { Package: "a", Depends: "first, second," },
      { Version: "7", Source: "third" },
      { Package: "b", Version: "2" },
    ]);
  });

  test("a damaged line costs nothing but itself", () => {
    const text = " leading\nno colon here\n: no name\na b: x\n folded\nPackage: a\n__proto__: x\nPackage: b\n";
    expect([...readStanzas(text, ["Package"])]).toEqual([{ Package: "b" }]);
    expect([...readStanzas("", ["Package"])]).toEqual([]);
  });

  test("keeps the order of the text, and yields no stanza without a field that was asked for", () => {
    const stanzas = [...readStanzas("Version: 1\nPackage: a\n\nName: c\n", ["Package", "Version"])];
    expect(stanzas.map((one) => Object.keys(one))).toEqual([["Version", "Package"]]);
  });

  test("a field of very many lines takes no longer than its length", () => {
    const [stanza] = readStanzas(`Depends:\n${" a,\n".repeat(500_000)}`, ["Depends"]);
    expect(stanza?.Depends?.length).toBe(1_499_999);
  }, 60_000);
});
