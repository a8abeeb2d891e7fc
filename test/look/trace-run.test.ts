import { describe, expect, it } from "vitest";
import type { Engine, RunRequest, RunResult } from "../../src/engine/engine.ts";
import { type TracedCommand, traceRun } from "../../src/look/trace-run.ts";
import { imageHere } from "./here.ts";

const COMMAND: TracedCommand = {
  argv: ["app"],
  env: ["PATH=/bin", "TOKEN=secret"],
  as: { user: "app", workingDir: "/srv" },
  seconds: 5,
  signal: 15,
  stdin: Buffer.from("input"),
  tty: false,
  network: false,
  volumes: [],
};

const record = (key: string, payload: string): string => `${key} ${Buffer.byteLength(payload, "latin1")}\n${payload}\n`;

/** What comes of a container that answers so. */
async function traced(stdout: string, more: Partial<RunResult> = {}) {
  const requests: RunRequest[] = [];
  const result: RunResult = {
    ...{ exitCode: 0, stdout: Buffer.from(stdout, "latin1"), stderr: Buffer.from("a\u001b[31mb\n\n") },
    ...{ outOfMemory: false, notStarted: null, stopped: null, ...more },
  };
  const engine = {
    run: async (request: RunRequest) => {
      requests.push(request);
      return result;
    },
  } as unknown as Engine;
  return { requests, run: await traceRun(engine, imageHere, COMMAND, new AbortController().signal) };
}

const END = record("outcome", "ended\x000\x003") + record("end", "");

describe("the tracer's answer", () => {
  it("is read as data, names with any byte", async () => {
    const stdout =
      record("program", "/bin/app") +
      record("access", "open f 0\0//etc/./x\xff\n") +
      record("access", "link - 7\0/etc/../y/") +
      record("access", "nonsense f 0\0/z") +
      record("note", "unread\x003") +
      END;
    const { run } = await traced(stdout);
    expect(run).toEqual({
      outcome: "ended",
      exitCode: 0,
      accesses: [
        { path: "/etc/x\udcff\n", kind: "open", there: "file", by: "/bin/app" },
        { path: "/etc/../y", kind: "look", there: "nothing", by: "" },
      ],
      unseen: ["unread"],
      output: ["ab"],
    });
  });

  it("that is cut off, forged or missing is an error of one paragraph", async () => {
    await expect(traced(record("program", "/bin/app"))).rejects.toThrow("incomplete answer");
    await expect(traced(`${END}x`)).rejects.toThrow("bytes after the end");
    await expect(traced(record("end", ""))).rejects.toMatchObject({ code: "run-failed" });
    await expect(traced("", { exitCode: 3 })).rejects.toMatchObject({ code: "engine-lost" });
    await expect(traced("", { exitCode: 137 })).rejects.toThrow("memory ran out");
    await expect(traced("", { stopped: "output-limit" })).rejects.toThrow("it printed more than");
  });

  it("says that the command is not there, as a shell does", async () => {
    const failed = (number: number) => record("failed", `exec\x00${number}\x00words`) + record("end", "");
    expect((await traced(failed(2))).run).toMatchObject({ outcome: "ended", exitCode: 127 });
    expect((await traced(failed(13))).run).toMatchObject({ outcome: "ended", exitCode: 126 });
  });

  it("says that the platform does not let it trace, or that there is no perl", async () => {
    const refused = record("failed", "ptrace\x001\x00Operation not permitted") + record("end", "");
    expect((await traced(refused)).run).toEqual({ refused: "ptrace", reason: "ptrace: Operation not permitted" });
    expect((await traced("", { exitCode: 127, notStarted: "no perl" })).run).toMatchObject({ refused: "perl" });
  });
});

it("the command's environment goes to the command alone, not to the tracer", async () => {
  const { requests } = await traced(END);
  expect(requests[0]).toMatchObject({ may: "trace", as: { user: "app", workingDir: "/srv" } });
  expect(Object.keys(requests[0]?.env ?? {})).toEqual(["PATH", "LC_ALL", "PERL_UNICODE"]);
  const stdin = Buffer.from(requests[0]?.stdin ?? []).toString("latin1");
  expect(stdin).toContain("env\0TOKEN=secret\0");
  expect(stdin.endsWith("5\ninput")).toBe(true);
});
