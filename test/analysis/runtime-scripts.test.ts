import { expect, test } from "vitest";
import type { ArtifactFile } from "../../src/analysis/artifact-files.ts";
import { runtimeScripts } from "../../src/analysis/runtime-scripts.ts";
import { planOf } from "../../src/commands/plan.ts";
import { fileFact } from "../loader/made-view.ts";

const choice = { target: null, runtime: null, buildArgs: {}, platform: null };
const planFor = (artifacts: string[], ...lines: string[]) =>
  planOf(["FROM debian AS builder", "FROM debian", ...lines, ""].join("\n"), { ...choice, artifacts });

/** A script of the builder; `kept` bytes of it were kept. */
function script(path: string, text: string, kept = text.length): ArtifactFile {
  const whole = fileFact(path, { text });
  const ranges = [[0, Buffer.from(text).subarray(0, kept).toString("base64")]] as const;
  const nothing = { facts: null, shebang: null, damage: null, opens: [], packing: null, foreign: null };
  return { fact: { ...whole, ranges }, kind: "script", ...nothing };
}

const CURL = script("/out/run", "#!/bin/sh\n\ncurl x\n");

test("the scripts of the builder are read with their places", () => {
  const { read, complete } = runtimeScripts(planFor([], "COPY --from=builder /out /"), {}, [CURL]);
  expect(read).toMatchObject([{ path: "/out/run", calls: [{ program: "curl", line: 3 }], certain: true }]);
  expect(complete).toBe(true);
});

test.each([
  [
    "a script that was not kept whole",
    planFor([], "COPY --from=builder /out /"),
    [script("/out/x", "#!/bin/sh\nx\n", 10)],
  ],
  ["one for another interpreter", planFor([], "COPY --from=builder /out /"), [script("/out/x", "#!/usr/bin/perl\n")]],
  ["one that is no UTF-8", planFor([], "COPY --from=builder /out /"), [script("/out/x", "#!/bin/sh\n\uFFFD\n")]],
  ["a file of the context that nobody read", planFor([], "COPY a /a", "COPY --from=builder /out /"), [CURL]],
  ["another copy beside --artifacts", planFor(["/out"], "COPY --from=builder /out /scripts /"), [CURL]],
  ["a part of a copy alone", planFor(["/out/bin"], "COPY --from=builder /out /"), [CURL]],
  ["no plan", null, [CURL]],
])("not complete: %s", (_, plan, files) => {
  expect(runtimeScripts(plan, {}, files).complete).toBe(false);
});

test("complete where --artifacts names a folder above", () => {
  const plan = planFor(["/out"], "COPY --from=builder /out/a /out/b/ /x/");
  expect(runtimeScripts(plan, {}, [CURL]).complete).toBe(true);
});
