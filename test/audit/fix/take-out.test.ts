import { expect, test } from "vitest";
import { fixed, type Scene } from "./scene.ts";

const HEAD = "FROM debian:trixie AS builder\nRUN make\nFROM debian:trixie-slim\n";
const TAIL = 'COPY --from=builder /out/ /\nCMD ["app"]\n';
/** The base has the one library that is needed, and that the lists name. */
const scene: Scene = { needs: ["zlib1g"], base: ["zlib1g"], depends: [] };
const stage = (...lines: string[]): string => `${HEAD}${lines.map((line) => `${line}\n`).join("")}${TAIL}`;
const CLEAN = "rm -rf /var/lib/apt/lists/*";

test.each([
  ["the three commands of the manuals", `RUN apt-get update && apt-get install -y zlib1g && ${CLEAN}`],
  [
    "a word a line",
    "RUN apt-get update \\",
    "  && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \\",
    "      zlib1g \\",
    `  && apt-get clean && ${CLEAN} /var/cache/apt/*`,
  ],
  ["set in front", `RUN set -eux; apt-get update; apt-get install -y zlib1g; ${CLEAN}`],
  ["a here-document", "RUN <<EOF", "set -e", "apt-get update", "apt-get install -y zlib1g", CLEAN, "EOF"],
  [
    "a cache mount",
    "RUN --mount=type=cache,target=/var/cache/apt --mount=type=cache,target=/var/lib/apt apt-get update && apt-get install -y zlib1g",
  ],
  ["nothing else", "RUN apt-get install -y zlib1g"],
  [
    "two commands",
    `RUN apt-get update && apt-get install -y zlib1g && apt-get install -y libz1 && ${CLEAN}`.replace(
      "libz1",
      "zlib1g",
    ),
  ],
])("an instruction goes with all its lines: %s", (_, ...lines) => {
  const text = stage("ENV A=b", ...lines, "WORKDIR /x");
  const { text: after, changes } = fixed(text, scene);
  expect(after).toBe(stage("ENV A=b", "WORKDIR /x"));
  expect(changes.at(-1)).toMatchObject({ kind: "taken-out", whole: true, code: "redundant" });
});

test("comments stay, in it and above it", () => {
  const text = stage(
    "# libraries",
    "RUN apt-get update && apt-get install -y \\",
    "  # for gzip",
    "  zlib1g",
    "# then",
  );
  expect(fixed(text, scene).text).toBe(stage("# libraries", "  # for gzip", "# then"));
});

test.each([
  ["in the middle", "RUN groupadd x && apt-get install -y zlib1g && useradd y", "RUN groupadd x && useradd y"],
  ["first", "RUN apt-get install -y zlib1g && useradd y", "RUN useradd y"],
  ["last", "RUN useradd y && apt-get install -y zlib1g", "RUN useradd y"],
  ["between semicolons", "RUN set -e; apt-get install -y zlib1g; useradd y", "RUN set -e; useradd y"],
  ["behind a semicolon", "RUN useradd y; apt-get install -y zlib1g", "RUN useradd y"],
  [
    "&& at the beginnings of lines",
    `RUN apt-get update \\\n && apt-get install -y \\\n    zlib1g \\\n && ${CLEAN} \\\n && useradd y`,
    `RUN apt-get update \\\n && ${CLEAN} \\\n && useradd y`,
  ],
  [
    "&& at their ends",
    `RUN apt-get update && \\\n    apt-get install -y zlib1g && \\\n    ${CLEAN} && \\\n    useradd y`,
    `RUN apt-get update && \\\n    ${CLEAN} && \\\n    useradd y`,
  ],
  [
    "with a comment in it",
    "RUN useradd x \\\n && apt-get install -y \\\n    # for gzip\n    zlib1g \\\n && useradd y",
    "RUN useradd x \\\n    # for gzip\n && useradd y",
  ],
  [
    "in a here-document",
    "RUN <<EOF\nuseradd x\napt-get install -y zlib1g\nuseradd y\nEOF",
    "RUN <<EOF\nuseradd x\nuseradd y\nEOF",
  ],
  [
    "where a later command reads the lists",
    "RUN apt-get update && apt-get install -y zlib1g\nRUN apt-get install -y tzdata",
    "RUN apt-get update\nRUN apt-get install -y tzdata",
  ],
  [
    "with a mount that something may want",
    `RUN --mount=type=bind,target=/src apt-get update && apt-get install -y zlib1g && ${CLEAN}`,
    `RUN --mount=type=bind,target=/src apt-get update && ${CLEAN}`,
  ],
  [
    "where a comment would speak of the next instruction",
    `# msb-deps ignore=lists-left\nRUN apt-get update && apt-get install -y zlib1g`,
    "# msb-deps ignore=lists-left\nRUN apt-get update",
  ],
])("a command goes with what joins it: %s", (_, before, after) => {
  const { text, changes } = fixed(stage(before), scene);
  expect(text).toBe(stage(after));
  expect(changes.at(-1)).toMatchObject({ kind: "taken-out", whole: false });
});

test.each([
  ["behind ||", "RUN apt-get install -y zlib1g || true"],
  ["in a list with ||", "RUN useradd x && apt-get install -y zlib1g || exit 1"],
  ["in a branch", "RUN if test -e /x; then apt-get install -y zlib1g; fi"],
  ["in a subshell", "RUN (apt-get install -y zlib1g) && useradd x"],
  ["in a pipeline", "RUN apt-get install -y zlib1g | tee /log"],
  ["in another script", "RUN bash -c 'apt-get install -y zlib1g && useradd x'"],
  ["behind an inverted test", "RUN ! apt-get install -y zlib1g"],
  ["in the background", "RUN apt-get install -y zlib1g & wait"],
  ["in a function", "RUN f() { apt-get install -y zlib1g; }; f"],
  [
    "beside a comment that would end up in a line",
    "RUN useradd x && apt-get install -y \\\n # gzip\n zlib1g && useradd y",
  ],
])("what is not certain is refused: %s", (_, line) => {
  const { text, refusals } = fixed(stage(line), scene);
  expect(text).toBe(stage(line));
  expect(refusals).toMatchObject([{ code: "redundant", name: "zlib1g", reason: "last-word" }]);
});

test("what the command stood against is done then, and its ldconfig is made up for", () => {
  const text = `${HEAD}COPY --from=builder /opt/lib/libown.so.1 /usr/local/lib/\nRUN apt-get install -y zlib1g\n${TAIL}`;
  const { text: after, changes } = fixed(text, { ...scene, unowned: "/opt/lib" });
  expect(changes.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["taken-out", "inserted"]));
  expect(after).toContain("RUN ldconfig\n");
  expect(after).not.toContain("apt-get");
});
