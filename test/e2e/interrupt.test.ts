import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { baseImage, CLI, docker, folderOf } from "./support.ts";

const TRIXIE = baseImage("trixie");

/** A run of the command that is going to be interrupted. All that it makes on the engine carries a label of its own. */
interface Victim {
  readonly child: ChildProcess;
  readonly output: { stdout: string; stderr: string };
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** The value of the label `msb-deps-test` of its images and containers. */
  readonly mark: string;
  /** Where it would put temporary files. */
  readonly temporary: string;
}

/** Starts the command; `dockerfile` makes the text from a line that labels a stage. Containers inherit the label. */
async function start(
  dockerfile: ((label: string) => string) | null,
  options: {
    args?: readonly string[];
    verify?: readonly string[];
    env?: NodeJS.ProcessEnv;
    files?: Readonly<Record<string, string>>;
  } = {},
): Promise<Victim> {
  const mark = randomUUID();
  const text = dockerfile?.(`LABEL msb-deps-test=${mark}`);
  const folder = await folderOf({
    "tmp/.keep": "",
    ...(text === undefined ? {} : { Dockerfile: text }),
    ...options.files,
  });
  const temporary = join(folder, "tmp");
  const command = options.verify === undefined ? [] : ["verify", ...options.verify];
  const args = options.args ?? [...command, folder, "--progress", "plain"];
  const env = { ...process.env, ...options.env, TMPDIR: temporary };
  const child = spawn(process.execPath, [CLI, ...args], { env, stdio: "pipe" });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (data: Buffer) => (output.stdout += data.toString()));
  child.stderr.on("data", (data: Buffer) => (output.stderr += data.toString()));
  const ended = new Promise<Awaited<Victim["ended"]>>((done) =>
    child.on("close", (code, signal) => done({ code, signal })),
  );
  onTestFinished(() => void child.kill("SIGKILL"));
  return { child, output, ended, mark, temporary };
}

async function until(what: string, holds: () => boolean | Promise<boolean>, seconds: number): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** Sends the signal and expects an orderly end: soon, with exit code 130, a word about it, and nothing left. */
async function interrupt(victim: Victim, signal: "SIGINT" | "SIGTERM" = "SIGINT", within = 8): Promise<void> {
  expect(victim.child.exitCode, victim.output.stderr).toBeNull();
  victim.child.kill(signal);
  await until("its end", () => victim.child.exitCode !== null, within);
  const { code } = await victim.ended;
  expect(code, victim.output.stderr).toBe(130);
  expect(victim.output.stdout).toBe("");
  expect(victim.output.stderr).toMatch(/^error: .*interrupted.*\n$/im);
  expect(victim.output.stderr).not.toMatch(/^\s+at /m);
  await nothingIsLeft(victim);
}

const containers = async ({ mark }: Victim) =>
  (await docker("ps", "--all", "--format", "{{.State}}", "--filter", `label=msb-deps-test=${mark}`)).stdout;
const images = async ({ mark }: Victim) =>
  (await docker("images", "--format", "{{.Repository}}:{{.Tag}}", "--filter", `label=msb-deps-test=${mark}`)).stdout;

async function nothingIsLeft(victim: Victim): Promise<void> {
  const left = async () => ({
    containers: await containers(victim),
    images: await images(victim),
    temporary: await readdir(victim.temporary),
  });
  const nothing = { containers: "", images: "", temporary: [".keep"] };
  expect(await left()).toEqual(nothing);
  // What the engine was in the midst of must not turn up later either.
  await new Promise((done) => setTimeout(done, 1500));
  expect(await left()).toEqual(nothing);
}

/** Whether a program with this argument runs on this machine, in a container or not. */
async function runs(word: string): Promise<boolean> {
  for (const id of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const words = await readFile(`/proc/${id}/cmdline`, "utf8").catch(() => "");
    if (words.split("\0").includes(word)) return true;
  }
  return false;
}

/** A number of seconds that no other program sleeps for. */
const seconds = (): string => String(3000 + Math.floor(Math.random() * 1e6) / 1000);

const runtime = `FROM ${TRIXIE}\nCOPY --from=builder /out/ /usr/\n`;
const builder = (label: string, ...lines: string[]): string =>
  [`FROM ${TRIXIE} AS builder`, label, ...lines, ""].join("\n");

/** A builder in which the look hangs: its dpkg-query sleeps. */
const sleepyLook = (label: string, sleep: string): string =>
  builder(
    label,
    `RUN mkdir -p /out/bin && cp /bin/ls /out/bin/app && printf '#!/bin/sh\\nexec sleep ${sleep}\\n' > /usr/bin/dpkg-query`,
  ) + runtime;

async function hangingLook(): Promise<{ victim: Victim; sleep: string }> {
  const sleep = seconds();
  const victim = await start((label) => sleepyLook(label, sleep));
  await until("the look hangs", () => runs(sleep), 60);
  expect(await containers(victim)).toBe("running\n");
  return { victim, sleep };
}

/** A verification whose `--run` sleeps. The label is on the base: the stage with the line inherits it. */
async function runningCommand(): Promise<{ victim: Victim; sleep: string }> {
  const sleep = seconds();
  const victim = await start(
    (label) =>
      `${builder(label, "RUN mkdir -p /out/bin && cp /bin/ls /out/bin/app")}FROM ${TRIXIE} AS base\n${label}\nFROM base\nCOPY --from=builder /out/ /usr/\n`,
    { verify: ["--run", `sleep ${sleep}`, "--run-timeout", "600"] },
  );
  await until("the command runs", () => runs(sleep), 60);
  expect(await containers(victim)).toBe("running\n");
  return { victim, sleep };
}

describe("Ctrl-C leaves nothing behind", () => {
  it("while the Dockerfile is awaited on standard input", async () => {
    const victim = await start(null, { args: ["-", "--artifacts", "/out"] });
    await new Promise((done) => setTimeout(done, 1000));
    await interrupt(victim);
  });

  it("while an engine is asked that does not answer", async () => {
    const folder = await folderOf({});
    let asked = false;
    const server = createServer(() => (asked = true)).listen(join(folder, "socket"));
    onTestFinished(() => void server.close());
    const env = { DOCKER_HOST: `unix://${join(folder, "socket")}` };
    const victim = await start((label) => builder(label) + runtime, { env });
    await until("the engine is asked", () => asked, 20);
    await interrupt(victim);
  });

  it.each(["SIGINT", "SIGTERM"] as const)("while a step of the build runs (%s)", async (signal) => {
    const sleep = seconds();
    const victim = await start((label) => `${builder(label, `RUN sleep ${sleep}`)}${runtime}`);
    await until("the step runs", () => runs(sleep), 60);
    await interrupt(victim, signal);
    expect(await runs(sleep)).toBe(false);
  });

  it("while the image is exported", async () => {
    // A layer that the engine has not seen, and that takes a while to hash but no room on its disk.
    const big = `RUN mkdir /out && truncate -s 300M /out/big-${randomUUID()}`;
    const victim = await start((label) => builder(label, big) + runtime);
    await until("the export goes on", () => /^#\d+ exporting to image$/m.test(victim.output.stderr), 120);
    await interrupt(victim, "SIGINT", 60);
    // An engine does not stop an export; where nobody waited for its end, the tag would turn up about now.
    await new Promise((done) => setTimeout(done, 6000));
    await nothingIsLeft(victim);
  });

  it("while the image is looked at", async () => {
    const { victim, sleep } = await hangingLook();
    await interrupt(victim);
    expect(await runs(sleep)).toBe(false);
  });

  it("while an image without perl is looked at", async () => {
    const big = "RUN mkdir /out && truncate -s 600M /out/big && rm -f /usr/bin/perl*";
    const victim = await start((label) => builder(label, big) + runtime);
    await until("its files are read", async () => (await containers(victim)).includes("created"), 120);
    await interrupt(victim);
  });

  it("while the base of the runtime stage is built", async () => {
    const sleep = seconds();
    const victim = await start(
      (label) =>
        `${builder(label, "RUN mkdir -p /out/bin && cp /bin/ls /out/bin/app")}FROM ${TRIXIE} AS base\n${label}\nRUN sleep ${sleep}\nFROM base\nCOPY --from=builder /out/ /usr/\n`,
    );
    await until("the base is built", () => runs(sleep), 60);
    await interrupt(victim);
    expect(await runs(sleep)).toBe(false);
  });

  it("while the base of the runtime stage is looked at", async () => {
    const sleep = seconds();
    const victim = await start(
      (label) =>
        `${builder(label, "RUN mkdir -p /out/bin && cp /bin/ls /out/bin/app")}${sleepyLook(label, sleep)
          .replace("AS builder", "AS base")
          .replace(/FROM (?!.*AS base)[^\n]*\n/, "FROM base\n")}`,
    );
    await until("the look hangs", () => runs(sleep), 60);
    await interrupt(victim);
    expect(await runs(sleep)).toBe(false);
  });

  it("while verify runs a command", async () => {
    const { victim, sleep } = await runningCommand();
    await interrupt(victim);
    expect(await runs(sleep)).toBe(false);
  });

  it("asked twice, it does not wait for the engine", async () => {
    const { victim } = await hangingLook();
    victim.child.kill("SIGINT");
    victim.child.kill("SIGINT");
    expect((await victim.ended).code).toBe(130);
    // The input of what runs inside was closed with us: it ends by itself.
    await until("the container is gone", async () => (await containers(victim)) === "", 15);
    await docker("rmi", ...(await images(victim)).split("\n").filter((name) => name !== ""));
  });
});

describe("SIGKILL", () => {
  it("during the look leaves nothing running; the tag stays", async () => {
    const { victim, sleep } = await hangingLook();
    victim.child.kill("SIGKILL");
    expect(await victim.ended).toEqual({ code: null, signal: "SIGKILL" });
    await until("the container is gone", async () => (await containers(victim)) === "", 15);
    expect(await runs(sleep)).toBe(false);
    const tags = (await images(victim)).trim();
    expect(tags).toMatch(/^msb-deps\/look:[0-9a-f]{24}$/);
    await docker("rmi", tags);
  });

  it("while verify runs a command ends that", async () => {
    const { victim, sleep } = await runningCommand();
    victim.child.kill("SIGKILL");
    await victim.ended;
    await until("the container is gone", async () => (await containers(victim)) === "", 15);
    expect(await runs(sleep)).toBe(false);
    await docker("rmi", ...(await images(victim)).split("\n").filter((name) => name !== ""));
  });

  it("during the build ends the step that runs", async () => {
    const sleep = seconds();
    const victim = await start((label) => builder(label, `RUN sleep ${sleep}`) + runtime);
    await until("the step runs", () => runs(sleep), 60);
    victim.child.kill("SIGKILL");
    await victim.ended;
    await until("the step is gone", async () => !(await runs(sleep)), 15);
    await nothingIsLeft(victim);
  });
});
