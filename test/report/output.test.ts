import { PassThrough } from "node:stream";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonText } from "../../src/report/json.ts";
import { encodeResult } from "../../src/report/output.ts";
import { type ResultStream, Results } from "../../src/report/results.ts";

describe("a result as it is written", () => {
  test("text has no control characters, JSON stays the same JSON, a file its bytes", () => {
    const character = fc.oneof(
      fc.string({ unit: "binary", maxLength: 3 }),
      fc.constantFrom("\u001b", "\u009b", "\u202e", "\u2028", "\n"),
    );
    fc.assert(
      fc.property(fc.array(character, { maxLength: 20 }), (parts) => {
        const text = parts.join("");
        expect(encodeResult(text, "text", false).replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
        const json = encodeResult(JSON.stringify({ text }), "json", false);
        expect(json).not.toMatch(/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u);
        expect(JSON.parse(json)).toEqual({ text });
        expect(encodeResult(text, "verbatim", false)).toBe(text);
      }),
    );
  });

  test("a file on a terminal keeps tabs and line ends, and nothing that drives it", () => {
    expect(encodeResult("\tRUN a\r\n+\u001b[2Jb\rc", "verbatim", true)).toBe("\tRUN a\r\n+\\x1b[2Jb\\x0dc");
  });

  test("JSON names no credentials, but for the text of a Dockerfile", () => {
    const url = "https://me:s3cret@host/";
    expect(JSON.parse(jsonText({ path: url, diff: url }))).toEqual({ path: "https://***@host/", diff: url });
  });
});

test("a text that is all beginnings of URLs costs little", () => {
  const start = performance.now();
  encodeResult(`${"http://a:b".repeat(100_000)}\n${"http://".repeat(100_000)} @`, "text", false);
  expect(performance.now() - start).toBeLessThan(3000);
});

describe("standard output", () => {
  function failing(code: string): ResultStream {
    const stream = new PassThrough();
    stream._write = (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code }));
    return stream;
  }

  test.each([
    ["EPIPE", "output-closed", 141],
    ["ENOSPC", "write-failed", 2],
  ])("%s is reported where it is awaited, and at the end", async (code, expected, exitCode) => {
    const results = new Results(failing(code));
    await expect(results.write("x", "text")).rejects.toMatchObject({ code: expected, exitCode });
    await expect(results.done).rejects.toMatchObject({ code: expected });
  });

  test("a failure is kept for the end where nobody awaits the write", async () => {
    const results = new Results(failing("ENOSPC"));
    void results.write("x", "text");
    void results.write("y", "text");
    await expect(results.done).rejects.toMatchObject({ code: "write-failed" });
  });
});
