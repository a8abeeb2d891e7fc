import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodingOf, formatsOf, writeDocument } from "../../src/report/formats.ts";
import { encodeResult } from "../../src/report/output.ts";
import { answer, audited } from "./reports.ts";

/** What some format, terminal or reader takes for more than a part of a name. */
const PIECES = [
  ..."\u0000\u0007\u001b\r\n\t\u0085\u009b\u2028\u202e\udcff\ud800\uffff|`*_[]()<>&\"'\\$#@!~{},:;%^".split(""),
  ...[
    "<script>alert(1)</script>",
    "]]>",
    "<!--",
    "-->",
    "%0A",
    "::error::x",
    "##[error]x",
    "```",
    "~~~",
    "\n# x",
    "\n| x",
  ],
  ...[
    "&#64;",
    "@octocat",
    "#1",
    "https://u:p@h/x",
    "www.x.y",
    "{{x}}",
    "$" + "{{x}}",
    "</pre>",
    "\\x1b",
    "\n::warning::x",
  ],
];
const hostile = fc.array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: "binary" })), { maxLength: 6 });

const CASES = [
  ...formatsOf("analysis").map((format) => [format, "analysis"] as const),
  ...formatsOf("audit").map((format) => [format, "audit"] as const),
];

/** What must hold of the text of a format, beside what must of all. */
const HOLDS: Readonly<Record<string, (text: string) => void>> = {
  github: (text) => {
    const lines = text.trimEnd().split("\n");
    expect(lines).toHaveLength(4);
    for (const line of lines)
      expect(line).toMatch(/^::(?:error|warning|notice) file=[^,:]+(?:,[a-zA-Z]+=\d+)+,title=msb-deps [a-z-]+::/);
  },
  markdown: (text) => {
    const [before = "", inside, after = ""] = text.split(/^`{3,}.*$/m);
    const outside = inside === undefined ? before : before + after;
    expect(text.match(/^`{3,}$/gm) ?? []).toHaveLength(inside === undefined ? 0 : 1);
    expect(
      outside
        .replaceAll(/<\/?code>/g, "")
        .replaceAll("<!-- -->", "·")
        .replaceAll(/^\|[ \-|]*\|$/gm, ""),
    ).not.toMatch(/[<>`\\[\]_~!$]|[^&]#\d|@\w|https?:\/\/|www\./);
    for (const table of outside.split(/\n\n/).filter((part) => part.startsWith("| ")))
      expect(
        new Set(
          table
            .trim()
            .split("\n")
            .map((row) => row.split("|").length),
        ).size,
      ).toBe(1);
  },
  junit: xml,
  checkstyle: xml,
};

function xml(text: string): void {
  for (const line of text.trim().split("\n"))
    expect(line).toMatch(
      /^ *(?:<\?xml [^<>]*\?>|<\/?[a-z-]+(?: [a-z]+="[^<>"&]*(?:&[a-z]+;[^<>"&]*)*")*\/?>(?:[^<>]*<\/[a-z-]+>)?)$/,
    );
}

describe("no name drives a reader", () => {
  test.each(CASES)("%s of an %s", async (format, kind) => {
    await fc.assert(
      fc.asyncProperty(hostile, async (pieces) => {
        const x = (name: string): string => `${pieces.join("")}${name}`;
        const document = kind === "analysis" ? answer(x) : audited(x);
        const text = await writeDocument(kind, document as never, format, { columns: null, verbose: true });
        const encoded = encodeResult(text, encodingOf(format), false);
        expect(encoded).not.toMatch(/[^\n\P{Cc}]|[\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cs}]/u);
        expect(encoded).not.toContain("u:p@h");
        if (encodingOf(format) === "json") JSON.parse(encoded);
        HOLDS[format]?.(encoded);
      }),
      { numRuns: 60 },
    );
  });
});
