import { describe, expect, test } from "vitest";
import type { BuildEvent } from "../../src/engine/engine.ts";
import { openProgress } from "../../src/report/progress.ts";
import { terminalSafe } from "../../src/report/terminal.ts";
import { written } from "./written.ts";

function show(
  mode: "auto" | "plain" | "tty" | "quiet",
  events: readonly BuildEvent[],
  env = {},
  isTTY = false,
): string {
  return written(
    (messages) => {
      const progress = openProgress(mode, env, messages);
      for (const event of events) progress.event(event);
      progress.end();
    },
    { isTTY, columns: 40 },
  );
}

const step = (
  id: string,
  name: string,
  state: "started" | "done" | "cached" | "failed",
  duration: number | null = null,
): BuildEvent => ({ type: "step", id, name, state, duration });
const log = (id: string, data: string | Uint8Array): BuildEvent => ({
  type: "log",
  id,
  stream: 1,
  data: Buffer.from(data),
});

describe("plain progress", () => {
  test("numbers steps, joins chunks to lines and ends each step", () => {
    const events = [
      step("a", "[builder 1/2] FROM x", "cached"),
      step("b", "[builder 2/2] RUN make", "started"),
      log("b", "one\ntw"),
      log("b", "o\nthree"),
      step("b", "[builder 2/2] RUN make", "done", 1234),
    ];
    expect(show("plain", events)).toBe(
      "#1 [builder 1/2] FROM x\n#1 CACHED\n#2 [builder 2/2] RUN make\n#2 one\n#2 two\n#2 three\n#2 DONE 1.2s\n",
    );
  });

  test("a character parted by a chunk is put together again", () => {
    const bytes = Buffer.from("ä\n");
    expect(show("plain", [log("a", bytes.subarray(0, 1)), log("a", bytes.subarray(1))])).toBe("#1 ä\n");
  });

  test("a step's output cannot drive the terminal", () => {
    expect(show("plain", [log("a", "\u001b[2J\u001b]0;title\u0007red\n")])).toBe("#1 red\n");
  });
});

describe("the mode", () => {
  const events = [step("a", "x", "cached")];
  test.each([
    ["plain where there is no terminal", "auto", {}, false, "#1 x\n#1 CACHED\n"],
    ["BUILDKIT_PROGRESS counts", "auto", { BUILDKIT_PROGRESS: "quiet" }, true, ""],
    ["an explicit mode wins over it", "plain", { BUILDKIT_PROGRESS: "quiet" }, true, "#1 x\n#1 CACHED\n"],
    ["a dumb terminal gets plain lines", "auto", { TERM: "dumb" }, true, "#1 x\n#1 CACHED\n"],
    ["quiet says nothing", "quiet", {}, true, ""],
  ] as const)("%s", (_, mode, env, isTTY, text) => {
    expect(show(mode, events, env, isTTY)).toBe(text);
  });

  test("quiet keeps what must not be overlooked, and no other warning", () => {
    const warning = { type: "warning", detail: null, line: null } as const;
    const both = [
      { ...warning, message: "a matter of style" },
      { ...warning, message: "not what was \u001b[1masked for", mustSee: true as const },
    ];
    expect(show("quiet", both)).toBe("warning: not what was \\x1b[1masked for\n");
  });

  test("a terminal gets the last log lines below the running step, and they go away", () => {
    const text = show(
      "auto",
      [step("a", "RUN make", "started"), log("a", "line\n"), step("a", "RUN make", "done", 2000)],
      {},
      true,
    );
    expect(text).toContain("=> RUN make");
    expect(text).toContain("line");
    expect(text.endsWith("\u001b[2A\u001b[0J => RUN make  2.0s\n")).toBe(true);
  });
});

test("after a carriage return only the last part is shown", () => {
  expect(terminalSafe("10 %\r20 %\r")).toBe("20 % ");
});
