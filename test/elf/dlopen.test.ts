import { describe, expect, it } from "vitest";
import { parseDlopenNote } from "../../src/elf/dlopen.ts";

describe("parseDlopenNote", () => {
  it("reads entries that add up, sonames that are alternatives", () => {
    const text = JSON.stringify([
      {
        soname: ["libxkbcommon.so.0", "libxkbcommon.so.1"],
        feature: "xkb",
        description: "Keymaps",
        priority: "required",
      },
      { soname: ["libpcre2-8.so.0"], priority: "suggested", unheard: 1 },
      { soname: ["libz.so.1"] },
    ]);
    expect(parseDlopenNote(text)).toEqual({
      kind: "entries",
      entries: [
        {
          soname: ["libxkbcommon.so.0", "libxkbcommon.so.1"],
          feature: "xkb",
          description: "Keymaps",
          priority: "required",
        },
        { soname: ["libpcre2-8.so.0"], feature: null, description: null, priority: "suggested" },
        { soname: ["libz.so.1"], feature: null, description: null, priority: "recommended" },
      ],
    });
  });

  it.each([
    ["", /not JSON/],
    ["[", /not JSON/],
    ['{"soname":["a"]}', /not a list/],
    ["[1]", /not an object/],
    ["[null]", /not an object/],
    ['[{"soname":"libz.so.1"}]', /no list of sonames/],
    ['[{"soname":[]}]', /no list of sonames/],
    ['[{"soname":[1]}]', /no list of sonames/],
    ['[{"soname":["a"],"priority":"maybe"}]', /unknown priority/],
  ])("says what is wrong with %j", (text, expected) => {
    expect(parseDlopenNote(text)).toMatchObject({ kind: "damaged", reason: expect.stringMatching(expected) });
  });
});
