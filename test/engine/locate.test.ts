import { expect, test } from "vitest";
import { lineOfStep, parseStepName } from "../../src/engine/buildkit/locate.ts";

test.each([
  ["[builder 2/5] RUN make", { stage: "builder", index: 2, total: 5, instruction: "RUN make" }],
  ["[ 2/12] RUN a ] b", { stage: null, index: 2, total: 12, instruction: "RUN a ] b" }],
  ["[builder  2/12] COPY a b", { stage: "builder", index: 2, total: 12, instruction: "COPY a b" }],
  ["[linux/arm64 builder 1/2] FROM x", { stage: "builder", index: 1, total: 2, instruction: "FROM x" }],
  ["[linux/arm64 1/2] FROM x", { stage: null, index: 1, total: 2, instruction: "FROM x" }],
  ["[internal] load metadata for x", null],
  ["exporting to image", null],
])("the name of a step: %s", (name, parsed) => {
  expect(parseStepName(name)).toEqual(parsed);
});

const dockerfile = `# syntax=docker/dockerfile:1
ARG BASE=debian

FROM $BASE AS Builder
ARG WORD
RUN one && \\

  # a comment inside
  two
WORKDIR /w
RUN <<-EOF cat <<'B'
RUN not an instruction
	EOF
FROM not one either
B
COPY . .
run last $WORD
FROM builder
RUN in stage-1
`;

test.each([
  ["[builder 1/6] FROM docker.io/library/debian", 4],
  ["[builder 2/6] RUN one &&   two", 6],
  ["[builder 3/6] WORKDIR /w", 10],
  ["[builder 4/6] RUN <<-EOF cat <<'B'", 11],
  ["[builder 5/6] COPY . .", 16],
  ["[builder 6/6] RUN last expanded", 17],
  // ONBUILD of the base puts a step in front
  ["[builder 7/7] RUN last expanded", 17],
  ["[builder 2/7] RUN of an ONBUILD", null],
  ["[stage-1 2/2] RUN in stage-1", 19],
  ["[other 2/2] RUN x", null],
  ["[builder 5/6] RUN the count is off", null],
])("the line of %s", (name, line) => {
  expect(lineOfStep(dockerfile, name)).toBe(line);
});

test("a lone stage without a name has none in its steps", () => {
  expect(lineOfStep("FROM a\nENV x=1\nRUN b", "[2/2] RUN b")).toBe(3);
});
