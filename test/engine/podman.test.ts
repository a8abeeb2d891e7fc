import { describe, expect, it } from "vitest";
import { parseIgnoreFile } from "../../src/engine/buildkit/ignore-file.ts";
import { lineOfPodmanStep } from "../../src/engine/buildkit/locate.ts";
import { PodmanProgress } from "../../src/engine/buildkit/podman-progress.ts";
import type { BuildEvent } from "../../src/engine/engine.ts";

/** As Podman 4.3.1 sent them. */
const STREAM = [
  "[2/2] STEP 1/4: FROM debian:trixie-slim AS builder\n",
  "[2/2] STEP 2/4: ENV A=b\n",
  "--> Using cache e0c1878aeb0c77b4fdb1e46c58a1b65ad680bd3ef100315df874439ed27c7714\n",
  "--> e0c1878aeb0\n",
  "[2/2] STEP 3/4: RUN echo hello && \\\n    echo more\n",
  "hello\n",
  "--> an arrow of the program itself\n",
  "--> c10bf8ddbed\n",
  "[2/2] STEP 4/4: RUN echo bad; exit 3\n",
  "bad\n",
];

function take(texts: readonly string[]): { events: BuildEvent[]; progress: PodmanProgress } {
  const events: BuildEvent[] = [];
  const progress = new PodmanProgress(
    (event) => events.push(event),
    () => 0,
  );
  for (const text of texts) progress.take(text);
  return { events, progress };
}

describe("what Podman writes while it builds", () => {
  it("is told as steps, each begun and ended once, and their output", () => {
    const { events, progress } = take(STREAM);
    progress.finish("failed");
    const told = events.map((event) =>
      event.type === "step"
        ? `${event.state} ${event.name.split("\n")[0]}`
        : event.type === "log"
          ? Buffer.from(event.data).toString()
          : "?",
    );
    expect(told).toEqual([
      "started [2 1/4] FROM debian:trixie-slim AS builder",
      "done [2 1/4] FROM debian:trixie-slim AS builder",
      "started [2 2/4] ENV A=b",
      "cached [2 2/4] ENV A=b",
      "started [2 3/4] RUN echo hello && \\",
      "hello\n",
      "--> an arrow of the program itself\n",
      "done [2 3/4] RUN echo hello && \\",
      "started [2 4/4] RUN echo bad; exit 3",
      "bad\n",
      "failed [2 4/4] RUN echo bad; exit 3",
    ]);
  });

  it("leaves the step at which it failed, with what that wrote", () => {
    const { progress } = take(STREAM);
    progress.finish("failed");
    const { stage, index, keyword, output } = progress.step ?? {};
    expect({ stage, index, keyword, output: output?.toString() }).toEqual({
      stage: 2,
      index: 4,
      keyword: "RUN",
      output: "bad\n",
    });
  });

  it("has no stage number where there is one stage, and begins with what is no step", () => {
    const { events, progress } = take(["Trying to pull docker.io/library/debian:1...\n", "STEP 1/2: FROM debian\n"]);
    expect(events).toHaveLength(1);
    expect(progress.step).toMatchObject({ stage: 1, index: 1, keyword: "FROM" });
  });
});

describe("the line of a step of Podman", () => {
  const DOCKERFILE = `ARG BASE=debian
FROM \${BASE} AS unused

FROM \${BASE} AS builder
# a comment
ENV A=b
RUN echo \\
  more
RUN exit 3
FROM scratch
`;
  it.each([
    [2, 1, "FROM", 4],
    [2, 2, "ENV", 6],
    [2, 3, "RUN", 7],
    [2, 4, "RUN", 9],
    [3, 1, "FROM", 10],
    // Not what stands there: ONBUILD of the base puts steps in between.
    [2, 2, "RUN", null],
    [2, 9, "RUN", null],
    [9, 1, "FROM", null],
  ])("stage %i, step %i, %s: line %s", (stage, index, keyword, line) => {
    expect(lineOfPodmanStep(DOCKERFILE, stage, index, keyword)).toBe(line);
  });
});

describe("the patterns of an ignore file", () => {
  it.each([
    ["", []],
    ["\uFEFF# comment\n\n  \nnode_modules\n", ["node_modules"]],
    ["/dist/\n./a/../b\n", ["dist", "b"]],
    ["!keep/\n! /spaced \n", ["!keep", "!spaced"]],
    [" # no comment: it does not begin the line\n", ["# no comment: it does not begin the line"]],
    ["**/*.o\r\n*\r\n", ["**/*.o", "*"]],
    ["/\n", ["/"]],
  ])("%j", (text, patterns) => {
    expect(parseIgnoreFile(text)).toEqual(patterns);
  });
});
