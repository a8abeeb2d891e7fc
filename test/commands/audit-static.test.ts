import { PassThrough, Readable, Writable } from "node:stream";
import { expect, test, vi } from "vitest";
import { program } from "../../src/cli/program.ts";
import type { Io } from "../../src/commands/options.ts";
import { Messages } from "../../src/report/messages.ts";
import { Results } from "../../src/report/results.ts";

// The first command loads all modules.
vi.setConfig({ testTimeout: 60_000 });

function collector() {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk, _, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString("utf8") };
}

/** `msb-deps audit …` with a Dockerfile on standard input, and no engine to ask. */
async function audit(dockerfile: string, ...args: string[]) {
  const [stdout, stderr] = [collector(), collector()];
  let exitCode = -1;
  const io = {
    env: { DOCKER_HOST: "unix:///nonexistent/docker.sock" },
    stdin: dockerfile === "" ? new PassThrough().end() : Readable.from([dockerfile]),
    messages: new Messages(stderr.stream),
    results: new Results(stdout.stream),
    signal: new AbortController().signal,
  } as unknown as Io;
  const finished = (code: number): void => {
    exitCode = code;
  };
  await program({ io, finished, stopAfter: () => {}, showTimings: () => {} }).parseAsync([
    "node",
    "msb-deps",
    "audit",
    ...args,
    "-",
  ]);
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
}

const SINGLE = "FROM debian:trixie-slim\nRUN apt-get install -y --no-install-recommends libicu72\nUSER app\n";

test("a single stage is audited without an engine, and says what was not checked", async () => {
  const { exitCode, stdout, stderr } = await audit(SINGLE);
  expect([exitCode, stdout.split(" ").slice(0, 3).join(" ")]).toEqual([1, "-:2 unknown-package error"]);
  expect(stderr).toBe(
    "not checked: missing, not-copied, wrong-place, skew, unused, no-evidence (no artifacts: no stage copies from another)\n1 error\n",
  );
});

test("so is a last stage that copies nothing", async () => {
  const { exitCode, stderr } = await audit(`FROM debian:13 AS a\nRUN make\n${SINGLE}`);
  expect(exitCode).toBe(1);
  expect(stderr).toContain("(no artifacts: no stage copies from another)");
});

test("two stages need a build", async () => {
  const text = `FROM debian:13 AS builder\n${SINGLE}COPY --from=builder /a /a\n`;
  await expect(audit(text)).rejects.toMatchObject({ code: "no-engine" });
  expect((await audit(text, "--no-build")).stderr).toContain("(no build: --no-build was given)");
});

test("what asks for more than the file has is not answered without a build", async () => {
  for (const more of [["--online"], ["--save-snapshot", "x.json"]])
    await expect(audit(SINGLE, ...more)).rejects.toMatchObject({ code: "usage" });
});

test("the JSON has every rule once, judged or not", async () => {
  const { stdout } = await audit("FROM alpine:3.22\nRUN apk add curl\n", "--no-build", "-f", "json");
  const { judged } = JSON.parse(stdout);
  expect(judged).toHaveLength(17);
  expect(judged).toContainEqual({
    rule: "unknown-package",
    status: "not-judged",
    reason: "alpine:3.22 is Alpine, not Debian or Ubuntu",
  });
  expect(judged).toContainEqual({ rule: "secret-in-build", status: "judged", reason: null });
});

test("quiet is quiet", async () => {
  expect((await audit("FROM node:22\nUSER node\n", "--no-build", "-q")).stderr).toBe("");
});

test("the stage that was audited in place of the last one", async () => {
  const text = `FROM debian:13 AS builder\nFROM debian:13 AS app\nCOPY --from=builder /a /a\nCMD a\nFROM app AS test\n`;
  expect((await audit(text, "--no-build")).stderr).toContain("audited: stage app; the last stage, test,");
  const other = await audit(text, "--no-build", "--runtime", "test");
  expect(other.stderr).not.toContain("audited:");
});

test("a template that is no Dockerfile yet", async () => {
  await expect(audit("FROM debian\n{% if x %}\nRUN x\n{% endif %}\n", "--no-build")).rejects.toMatchObject({
    code: "dockerfile-syntax",
    hint: expect.stringContaining("template"),
  });
});
