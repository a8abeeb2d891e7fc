import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { FORMATS } from "../../src/report/formats.ts";
import { analysesHtml } from "../../src/report/html/html.ts";
import { largeAnswer } from "./html-sample.ts";
import { answer, audited } from "./reports.ts";

const hostile = (name: string): string => `</script><script>alert(1)</script><!--\u202e\u0007${name}`;

describe("html", () => {
  test("its policy allows its own style and script, by their hashes, and nothing else", async () => {
    const text = await FORMATS.html.analysis(answer());
    const policy = /content="(default-src 'none'; [^"]*)"/.exec(text)?.[1] ?? "";
    const hash = (tag: string): string => {
      const inner = new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(text)?.[1] ?? "";
      return `'sha256-${createHash("sha256").update(inner).digest("base64")}'`;
    };
    expect(policy).toBe(
      `default-src 'none'; script-src ${hash("script")}; style-src ${hash("style")}; base-uri 'none'; form-action 'none'`,
    );
    expect(text.match(/https?:\/\/(?!www\.w3\.org\/2000\/svg)/g)).toBeNull();
  });

  test.each([
    ["analysis", FORMATS.html.analysis(answer(hostile))],
    ["audit", FORMATS.html.audit(audited(hostile))],
  ])("a name cannot leave the data of an %s", async (_, writing) => {
    const text = await writing;
    expect(text.match(/<\/?script/g)).toHaveLength(4);
    const data = /id="data">([^<]*)</.exec(text)?.[1] ?? "";
    expect(data).not.toMatch(/[<>&]|[^\n\P{Cc}]|\p{Bidi_Control}/u);
    expect(JSON.stringify(JSON.parse(data))).toContain("</script><script>alert(1)</script><!--\\\\xe2\\\\x80\\\\xae");
  });

  test("many files in one page, with what failed", () => {
    const text = analysesHtml([
      { label: "a", platform: "linux/arm64", document: answer(), error: null },
      { label: "b", platform: null, document: null, error: null },
    ]);
    const { entries } = JSON.parse(/id="data">([^<]*)</.exec(text)?.[1] ?? "") as {
      entries: { label: string; page: unknown }[];
    };
    expect(entries.map(({ label, page }) => [label, page !== null])).toEqual([
      ["a (linux/arm64)", true],
      ["b", false],
    ]);
  });

  test("2,000 binaries are a page of a few MB", async () => {
    expect((await FORMATS.html.analysis(largeAnswer(2000))).length).toBeLessThan(5_000_000);
  });
});
