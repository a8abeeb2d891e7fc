import { expect, test } from "vitest";
import { MsbDepsError } from "../../src/base/errors.ts";
import { buildFailure } from "../../src/engine/buildkit/failure.ts";
import { BuildProgress } from "../../src/engine/buildkit/progress.ts";
import type { BuildEvent } from "../../src/engine/engine.ts";
import { GrpcError } from "../../src/engine/grpc/status.ts";
import { RpcStatus, StatusResponse } from "../../src/engine/wire/messages.ts";
import type { ValueOf } from "../../src/engine/wire/protobuf.ts";

const at = (seconds: number, nanos = 0) => ({ seconds, nanos });
type Vertex = ValueOf<typeof StatusResponse>["vertexes"][number];
const vertex: Vertex = {
  digest: "d",
  name: "[builder 2/2] RUN x",
  cached: false,
  started: null,
  completed: null,
  error: "",
};

function events(...vertexes: Partial<Vertex>[]): string[] {
  const seen: BuildEvent[] = [];
  const progress = new BuildProgress((event) => seen.push(event));
  for (const next of vertexes) progress.take(StatusResponse.encode({ vertexes: [{ ...vertex, ...next }] }));
  return seen.map((event) => (event.type === "step" ? `${event.state} ${event.duration}` : event.type));
}

test("a step's repetitions are told once", () => {
  const started = at(10, 500_000_000);
  const done = { started, completed: at(12) };
  expect(events({}, { started }, { started }, done, done, { started })).toEqual(["started null", "done 1500"]);
  expect(events({ ...done, cached: true })).toEqual(["cached 1500"]);
  expect(events({ started }, { ...done, error: "exit code: 1" }, done)).toEqual(["started null", "failed 1500"]);
  expect(events({ ...done, error: "context canceled" })).toEqual(["canceled 1500"]);
});

test("output is kept for the error, at most its end", () => {
  const progress = new BuildProgress(() => {});
  const log = (text: string) => ({ logs: [{ vertex: "d", stream: 1, msg: Buffer.from(text) }] });
  for (let line = 0; line < 20_000; line++) progress.take(StatusResponse.encode(log(`line ${line}\n`)));
  expect(progress.failedStep).toBeNull();
  progress.take(StatusResponse.encode({ vertexes: [{ ...vertex, error: "no" }] }));
  expect(progress.failedStep?.output.length).toBeLessThanOrEqual(64 * 1024);
  expect(progress.failedStep?.output.toString().endsWith("line 19999\n")).toBe(true);
});

function text(message: string, details: Buffer | null, output = ""): string {
  const step = { name: "[2/2] RUN x", error: message, output: Buffer.from(output) };
  const what = { dockerfile: "FROM a\nRUN x\n", name: "Dockerfile" };
  const error = buildFailure(new GrpcError(2, message, details), step, what);
  return error instanceof MsbDepsError ? [error.message, ...error.output].join("\n") : "";
}

test("the place that a newer engine tells goes before the one that is counted", () => {
  const json = (typeUrl: string, value: object) => ({ typeUrl, value: Buffer.from(JSON.stringify(value)) });
  const details = RpcStatus.encode({
    details: [
      json("github.com/moby/buildkit/errdefs.Source+json", {
        info: { filename: "Dockerfile" },
        ranges: [{ start: { line: 42 } }],
      }),
      json("github.com/moby/buildkit/gatewayapi.ExitMessage+json", { Code: 9 }),
      { typeUrl: "type.googleapis.com/other", value: Buffer.from("not json") },
    ],
  });
  const message = 'process "/bin/sh -c x" did not complete successfully: exit code: 1';
  expect(text(message, details)).toBe("the build failed at Dockerfile:42, RUN x: exit code 9.");
  expect(text(message, null)).toBe("the build failed at Dockerfile:2, RUN x: exit code 1.");
});

test("output is shown as plain lines: no colours, the last state of a progress bar", () => {
  expect(text("exit code: 1", null, "\x1b[31mred\x1b[0m\r\n10%\r90%\rdone\n\n")).toMatch(/output:\nred\ndone$/);
});

test("an error that is not the build's comes back as it is", () => {
  const error = new TypeError("ours");
  expect(buildFailure(error, null, { dockerfile: "", name: "" })).toBe(error);
});
