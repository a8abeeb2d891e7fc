import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { MsbDepsError } from "../../src/base/errors.ts";
import { program } from "../../src/cli/program.ts";
import { folderOf } from "../files.ts";
import { collectedIo } from "../io.ts";
import { runProgram } from "../run-program.ts";

// The first command loads all modules.
vi.setConfig({ testTimeout: 60_000 });

const GOOD = "FROM debian:13-slim\nUSER app\n";
const BAD =
  "FROM debian:13-slim\nRUN apt-get update && apt-get install -y --no-install-recommends libicu72 && rm -rf /var/lib/apt/lists/*\nUSER app\n";
const BROKEN = "RUN true\n";

/** Times of runs are no part of what is compared. */
const untimed = (text: string, folder: string): string =>
  text.replaceAll(folder, "").replace(/\(\d+\.\ds\)/g, "(0.0s)");

test("one result for all, a line of progress each, and the worst exit code", async () => {
  const folder = await folderOf({
    "a/Dockerfile": GOOD,
    "b/Dockerfile": BAD,
    "c/Dockerfile": BROKEN,
    "d/Dockerfile": BROKEN,
  });
  const { exitCode, stdout, stderr } = await runProgram(["audit", "--no-build", "--jobs", "1", folder]);
  expect(exitCode).toBe(2);
  expect(untimed(stdout, folder)).toBe(
    "/b/Dockerfile:2 unknown-package error libicu72 does not exist in debian 13; apt-get will fail. Fix: use libicu76\n",
  );
  const broken = "  error: line 1: RUN before the first FROM.";
  expect(
    untimed(stderr, folder)
      .split("\n")
      .map((line) => (line.startsWith("  error") ? broken : line)),
  ).toEqual([
    "[1/4] /a/Dockerfile: no findings (0.0s)",
    "[2/4] /b/Dockerfile: 1 error (0.0s)",
    "[3/4] /c/Dockerfile: failed (0.0s)",
    broken,
    // The second time the same message says nothing new.
    "[4/4] /d/Dockerfile: failed (0.0s)",
    "not checked: missing, not-copied, wrong-place, skew, unused, no-evidence (no artifacts: no stage copies from another): 2 files",
    "4 files: 1 error; 2 failed",
    "",
  ]);
  expect((await runProgram(["audit", "--no-build", join(folder, "a"), join(folder, "b")])).exitCode).toBe(1);
  expect((await runProgram(["audit", "--no-build", "-q", join(folder, "a"), join(folder, "b")])).stderr).toBe("");
});

test("JSON: one document with every file", async () => {
  const folder = await folderOf({ "a/Dockerfile": GOOD, "b/Dockerfile": BAD, "c/Dockerfile": BROKEN });
  const { stdout } = await runProgram(["audit", "--no-build", "-f", "json", folder]);
  const document = JSON.parse(stdout);
  expect(
    document.files.map(({ file, exitCode, error, findings }: never) => ({ file, exitCode, error, findings })),
  ).toEqual([
    { file: `${folder}/a/Dockerfile`, exitCode: 0, error: null, findings: [] },
    {
      file: `${folder}/b/Dockerfile`,
      exitCode: 1,
      error: null,
      findings: [expect.objectContaining({ code: "unknown-package", line: 2 })],
    },
    { file: `${folder}/c/Dockerfile`, exitCode: 2, error: expect.objectContaining({ code: "dockerfile-syntax" }) },
  ]);
});

test("one Dockerfile, however it is found, gives the plain result", async () => {
  const folder = await folderOf({ "b/Dockerfile": BAD });
  const plain = await runProgram(["audit", "--no-build", join(folder, "b/Dockerfile")]);
  expect(await runProgram(["audit", "--no-build", folder])).toEqual(plain);
  expect(await runProgram(["audit", "--no-build", join(folder, "b")])).toEqual(plain);
  expect(plain.stderr).not.toContain("[1/1]");
});

test("an answer for each platform; a finding of some says of which", async () => {
  const text = `FROM debian:13-slim AS base-amd64\nFROM debian:12-slim AS base-arm64\nFROM base-$TARGETARCH\n${BAD.replace(/^.*\n/, "")}`;
  const folder = await folderOf({ Dockerfile: BAD, "x.Dockerfile": text });
  const { stdout } = await runProgram(["audit", "--no-build", folder, "--platform", "linux/amd64,linux/arm64"]);
  const lines = untimed(stdout, folder).split("\n");
  expect(lines.map((line) => line.replace(/does not.*libicu76/, "…"))).toEqual([
    "/Dockerfile:2 unknown-package error libicu72 …",
    "/x.Dockerfile:4 unknown-package error libicu72 … (only on linux/amd64)",
    "",
  ]);
});

test("the diffs of all, and all rewritten", async () => {
  const folder = await folderOf({ "a/Dockerfile": BAD, "b/Dockerfile": BAD });
  const { stdout } = await runProgram(["audit", "--no-build", folder, "--diff", "-q"]);
  expect(stdout.match(/^--- .*$/gm)).toEqual([`--- ${folder}/a/Dockerfile`, `--- ${folder}/b/Dockerfile`]);
  const fixed = await runProgram(["audit", "--no-build", folder, "--fix"]);
  expect(fixed.exitCode).toBe(0);
  expect(fixed.stderr).toContain(`  ${folder}/a/Dockerfile:2 replaced libicu72 by libicu76 (unknown-package)\n`);
  expect(await readFile(join(folder, "b/Dockerfile"), "utf8")).toBe(BAD.replace("libicu72", "libicu76"));
});

test("a Dockerfile in a compose file is named after its service, and not rewritten", async () => {
  const inline = `services: { web: { build: { dockerfile_inline: ${JSON.stringify(BAD)} } } }`;
  const folder = await folderOf({ "compose.yaml": inline });
  const args = ["audit", "--no-build", join(folder, "compose.yaml")];
  const given = { env: { PATH: "/nonexistent" } };
  expect((await runProgram(args, given)).stdout).toContain("compose.yaml (service web):2 unknown-package error");
  expect((await runProgram([...args, "--fix"], given)).stderr).toContain("--fix cannot rewrite");
});

test("what several Dockerfiles cannot share is refused", async () => {
  const folder = await folderOf({ "a/Dockerfile": GOOD, "b/Dockerfile": GOOD });
  const refused = async (...args: string[]) => runProgram(args).then(String, (error: MsbDepsError) => error.message);
  for (const command of ["analyze", "audit"]) {
    expect(await refused(command, folder, "--snapshot", "x")).toContain("--snapshot cannot be used with several");
    expect(await refused(command, folder, "-")).toContain("standard input or an image cannot be one of several");
  }
  for (const command of ["verify", "why"])
    expect(await refused(command, "--platform", "linux/amd64,linux/arm64", folder)).toContain("one platform here");
});

test("an interruption ends all, and nothing is written", async () => {
  const folder = await folderOf({ "a/Dockerfile": GOOD, "b/Dockerfile": GOOD });
  const { io, stdout, stop } = collectedIo();
  stop(new MsbDepsError("interrupted", "interrupted by SIGINT."));
  const running = program({ io, finished: () => {}, stopAfter: () => {}, showTimings: () => {} });
  await expect(running.parseAsync(["node", "msb-deps", "audit", "--no-build", folder])).rejects.toMatchObject({
    code: "interrupted",
  });
  expect(stdout()).toBe("");
});

test.each(["markdown", "github", "gitlab", "sarif", "junit", "checkstyle"])(
  "the format %s has all files",
  async (format) => {
    const folder = await folderOf({ "a/Dockerfile": BAD, "b/Dockerfile": BAD, "c/Dockerfile": BROKEN });
    const { exitCode, stdout } = await runProgram(["audit", "--no-build", "-f", format, folder]);
    expect(exitCode).toBe(2);
    for (const name of ["a", "b"]) expect(stdout).toContain(`${name}/Dockerfile`);
  },
);
