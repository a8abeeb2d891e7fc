import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MsbDepsError } from "../../src/base/errors.ts";
import type { Messages } from "../../src/report/messages.ts";
import { openProgress } from "../../src/report/progress.ts";
import { written } from "./written.ts";

/** Text as an image can hold it: ESC, OSC 52, CR, C1, direction overrides, bytes that are no UTF-8, newlines. */
const PARTS = [
  "\u001b[2J",
  "\u001b]52;c;aGk=\u0007",
  "\r",
  "\u009b31m",
  "\u202e",
  "\u2066",
  "\u200f",
  "\udcff",
  "\n",
  "a",
];
const hostile = fc.array(fc.constantFrom(...PARTS, "FORGED"), { maxLength: 8 }).map((parts) => `a${parts.join("")}`);
const ESC = "\u001b";
const UNSAFE = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}\p{Cs}]/u;

const WAYS: Readonly<Record<string, (messages: Messages, text: string) => void>> = {
  error: (messages, text) =>
    messages.error(
      new MsbDepsError("engine", `no image ${text}`, { hint: text, tried: [text], output: [text], cause: text }),
    ),
  "internal error": (messages, text) => messages.error(new Error(text.replaceAll("\n", ""))),
  warning: (messages, text) => messages.warning(text),
  info: (messages, text) => messages.info(text),
  lines: (messages, text) => messages.lines([text, [text, { style: "red", text }]]),
  "plain progress": (messages, text) => progress("plain", messages, text),
  "quiet progress": (messages, text) => progress("quiet", messages, text),
};

function progress(mode: "plain" | "tty" | "quiet", messages: Messages, text: string): void {
  const { event, end } = openProgress(mode, {}, messages);
  event({ type: "step", id: "a", name: text, state: "started", duration: null });
  event({ type: "log", id: "a", stream: 1, data: Buffer.from(text) });
  event({ type: "warning", message: text, detail: text, line: null, mustSee: true });
  event({ type: "step", id: "a", name: text, state: "failed", duration: 1 });
  end();
}

describe("no text gets control characters or a line of its own to standard error", () => {
  test.each(Object.entries(WAYS))("%s", (_, way) => {
    fc.assert(
      fc.property(hostile, (text) => {
        const lines = written((messages) => way(messages, text)).split("\n");
        expect(lines.filter((line) => UNSAFE.test(line))).toEqual([]);
        expect(lines.filter((line) => line.startsWith("FORGED"))).toEqual([]);
      }),
    );
  });

  test("the progress on a terminal has no sequences but its own", () => {
    const own = new RegExp(`${ESC}\\[(?:\\d+A|0J|2m|22m)`, "g");
    fc.assert(
      fc.property(hostile, (text) => {
        const shown = written((messages) => progress("tty", messages, text), { isTTY: true, columns: 200 });
        expect(shown.replace(own, "").replaceAll("\n", "")).not.toMatch(UNSAFE);
      }),
    );
  });
});

describe("credentials of URLs are not shown", () => {
  test.each([
    ["https://me:s3cret@host/x.git", "https://***@host/x.git"],
    ["https://s3cret@host/x.git#main", "https://***@host/x.git#main"],
    ["fatal: 'git+https://me:s3@cret/x@host/x.git'", "fatal: 'git+https://***@host/x.git'"],
    ["tcp://me:s3cret@127.0.0.1:2375 (--host)", "tcp://***@127.0.0.1:2375 (--host)"],
    ["ssh://me:s3cret@host", "ssh://***@host"],
    ["ssh://me@host", "ssh://me@host"],
    ["tcp://127.0.0.1:2375, mail me@host", "tcp://127.0.0.1:2375, mail me@host"],
    ["http://host:8080/a@b", "http://host:8080/a@b"],
    ["docker-image://debian:13@sha256:00", "docker-image://debian:13@sha256:00"],
    ["unix:///run/docker.sock", "unix:///run/docker.sock"],
  ])("%s", (text, shown) => {
    expect(written((messages) => messages.info(text))).toBe(`info: ${shown}\n`);
  });
});

test("a failure is one paragraph, with what was printed and tried below it", () => {
  const all = { output: ["row"], tried: ["a", "b"], hint: "Do it." };
  expect(written((messages) => messages.error(new MsbDepsError("engine", "it failed.", { hint: "Do it." })))).toBe(
    "error: it failed. Do it.\n",
  );
  expect(written((messages) => messages.error(new MsbDepsError("engine", "it failed:", all)))).toBe(
    "error: it failed:\n    row\nTried:\n  - a\n  - b\nDo it.\n",
  );
});

test("nothing but the writers touches the standard streams", () => {
  const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  const around = /\bconsole\.|\bprocess\.(?:stdout|stderr|emitWarning|_rawDebug)\b|\b(?:stderr|stdout)\.write\(/;
  const found = files.filter((name) => around.test(readFileSync(join("src", name), "utf8")));
  expect(found).toEqual(["cli.ts"]);
});

test("every message begins in lower case, but for names", () => {
  const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  const literal =
    /(?:MsbDepsError\(\s*"[a-z-]+",\s*|messages\.(?:warning|info)\(\s*|\bmessage:\s*)["`]([A-Z][a-z]+\b)/g;
  const found = files.flatMap((name) =>
    [...readFileSync(join("src", name), "utf8").matchAll(literal)].map(([, word]) => word),
  );
  expect(found.filter((word) => !/^(?:Podman|Docker|Dockerfile)$/.test(word ?? ""))).toEqual([]);
});
