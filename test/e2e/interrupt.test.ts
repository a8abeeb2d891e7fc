import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { baseImage, CLI, docker, folderOf, msbDeps, runScript } from "./support.ts";

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
    /** After the usual arguments. */
    more?: readonly string[];
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
  const args = options.args ?? [...command, folder, "--progress", "plain", ...(options.more ?? [])];
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

/** Seconds within which an interrupted run has ended, also on a slow machine that has other work. */
const SOON = 30;

/** Seconds for a run to come to the point where it is interrupted. */
const READY = 240;

async function until(what: string, holds: () => boolean | Promise<boolean>, seconds: number): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** Sends the signal and expects an orderly end: soon, with exit code 130, a word about it, and nothing left. */
async function interrupt(victim: Victim, signal: "SIGINT" | "SIGTERM" = "SIGINT"): Promise<void> {
  await expectStop(victim, signal);
  await nothingIsLeft(victim);
}

async function expectStop(victim: Victim, signal: "SIGINT" | "SIGTERM" = "SIGINT"): Promise<void> {
  expect(victim.child.exitCode, victim.output.stderr).toBeNull();
  victim.child.kill(signal);
  await until("its end", () => victim.child.exitCode !== null, SOON);
  const { code } = await victim.ended;
  expect(code, victim.output.stderr).toBe(130);
  expect(victim.output.stdout).toBe("");
  expect(victim.output.stderr).toMatch(/^error: interrupted by .*\n$/m);
  expect(victim.output.stderr).not.toMatch(/^\s+at /m);
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

/** Whether the run handles signals: Node itself catches SIGINT and SIGTERM, only to end. proc_pid_status(5), SigCgt; SIGHUP is 1. */
async function handlesInterrupts({ child }: Victim): Promise<boolean> {
  const status = await readFile(`/proc/${child.pid}/status`, "utf8");
  const caught = /^SigCgt:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0";
  return (BigInt(`0x${caught}`) & 1n) !== 0n;
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

/** A builder in which the look hangs: its perl sleeps. */
const sleepyLook = (label: string, sleep: string): string =>
  builder(
    label,
    `RUN mkdir -p /out/bin && cp /bin/ls /out/bin/app && printf '#!/bin/sh\\nexec sleep ${sleep}\\n' > /usr/bin/perl`,
  ) + runtime;

async function hangingLook(): Promise<{ victim: Victim; sleep: string }> {
  const sleep = seconds();
  const victim = await start((label) => sleepyLook(label, sleep));
  await until("the look hangs", () => runs(sleep), READY);
  // A process runs a moment before the engine says so.
  await until("the container runs", async () => (await containers(victim)) === "running\n", SOON);
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
  await until("the command runs", () => runs(sleep), READY);
  // A process runs a moment before the engine says so.
  await until("the container runs", async () => (await containers(victim)) === "running\n", SOON);
  return { victim, sleep };
}

describe("Ctrl-C leaves nothing behind", () => {
  it("while the Dockerfile is awaited on standard input", async () => {
    const victim = await start(null, { args: ["-", "--artifacts", "/out"] });
    await until("signals are handled", () => handlesInterrupts(victim), READY);
    await interrupt(victim);
  });

  it("while an engine is asked that does not answer", async () => {
    const folder = await folderOf({});
    let asked = false;
    const server = createServer(() => (asked = true)).listen(join(folder, "socket"));
    onTestFinished(() => void server.close());
    const env = { DOCKER_HOST: `unix://${join(folder, "socket")}` };
    const victim = await start((label) => builder(label) + runtime, { env });
    await until("the engine is asked", () => asked, READY);
    await interrupt(victim);
  });

  it.each(["SIGINT", "SIGTERM"] as const)("while a step of the build runs (%s)", async (signal) => {
    const sleep = seconds();
    const victim = await start((label) => `${builder(label, `RUN sleep ${sleep}`)}${runtime}`);
    await until("the step runs", () => runs(sleep), READY);
    await interrupt(victim, signal);
    expect(await runs(sleep)).toBe(false);
  });

  it("while the image is exported", async () => {
    // A layer that the engine has not seen, and that takes a while to hash but no room on its disk.
    const big = `RUN mkdir /out && truncate -s 300M /out/big-${randomUUID()}`;
    const victim = await start((label) => builder(label, big) + runtime);
    await until("the export goes on", () => /^#\d+ exporting to image$/m.test(victim.output.stderr), READY);
    await expectStop(victim);
    // An engine does not stop an export, and nobody waits long for its end: the tag is named, and the next run removes it.
    const named = /^ {2}docker rmi (\S+)$/m.exec(victim.output.stderr)?.[1];
    if (named !== undefined) {
      await until("the export ends", async () => (await images(victim)).includes(named), READY);
      await nextRun();
    }
    await nothingIsLeft(victim);
  });

  it("at random times", async () => {
    const run = await runScript("scripts/interruptions.mjs", "--runs", "12", "--page", "none");
    expect(run.stdout + run.stderr).toContain(
      " 0 ended in another way. Left on\nthe engine and among the temporary files: 0.",
    );
    expect(run.code).toBe(0);
  });

  it("while the image is looked at", async () => {
    const { victim, sleep } = await hangingLook();
    await interrupt(victim);
    expect(await runs(sleep)).toBe(false);
  });

  it("while an image without perl is looked at", async () => {
    const big = "RUN mkdir /out && truncate -s 600M /out/big && rm -f /usr/bin/perl*";
    const victim = await start((label) => builder(label, big) + runtime);
    await until("its files are read", async () => (await containers(victim)).includes("created"), READY);
    await interrupt(victim);
  });

  it("while the base of the runtime stage is built", async () => {
    const sleep = seconds();
    const victim = await start(
      (label) =>
        `${builder(label, "RUN mkdir -p /out/bin && cp /bin/ls /out/bin/app")}FROM ${TRIXIE} AS base\n${label}\nRUN sleep ${sleep}\nFROM base\nCOPY --from=builder /out/ /usr/\n`,
    );
    await until("the base is built", () => runs(sleep), READY);
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
    await until("the look hangs", () => runs(sleep), READY);
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
    await until("the container is gone", async () => (await containers(victim)) === "", SOON);
    await docker("rmi", ...(await images(victim)).split("\n").filter((name) => name !== ""));
  });
});

describe("--timeout", () => {
  it("stops a build that goes on, with nothing left, as an error", async () => {
    const sleep = seconds();
    const folder = await folderOf({ Dockerfile: `${builder("", `RUN sleep ${sleep}`)}${runtime}` });
    const run = await msbDeps([folder, "-q", "--timeout", "5s"]);
    expect(run).toEqual({
      code: 2,
      stdout: "",
      stderr:
        "error: the run was stopped after 5 s (--timeout). Allow more time, or use --progress plain to see which step is slow.\n",
    });
    await until("the step is gone", async () => !(await runs(sleep)), SOON);
  });

  it("is a duration", async () => {
    const run = await msbDeps(["examples/hello", "--timeout", "5"]);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain("use a duration such as 90s, 5m or 1h30m");
  });
});

/** A builder whose perl is hostile: it heeds neither the end of its input nor signals, and uses what CPU it can get. */
const hostileLook = (label: string, sleep: string): string =>
  builder(
    label,
    "RUN mkdir -p /out/bin && cp /bin/ls /out/bin/app",
    `RUN printf '#!/bin/bash\\ntrap "" HUP INT TERM CONT\\nsleep ${sleep} &\\nwhile :; do :; done\\n' > /usr/bin/perl`,
  ) + runtime;

/** A short run of the command, on an engine that has all that it needs. */
async function nextRun(env: NodeJS.ProcessEnv = {}): Promise<void> {
  const dockerfile = builder("", "RUN mkdir /out && cp /bin/true /out") + runtime;
  const run = await msbDeps(["-", "-q"], { stdin: dockerfile, env: { ...process.env, ...env } });
  expect(run.code, run.stderr).toBe(0);
}

describe("SIGKILL", () => {
  it("leaves what the next run sweeps: a container that runs, its image, and nothing of a run that lives", async () => {
    const [living, sleep] = [await hangingLook(), seconds()];
    const killed = await start((label) => hostileLook(label, sleep));
    await until("the hostile program runs", () => runs(sleep), READY);
    await nextRun();
    expect(await containers(killed)).toBe("running\n");

    killed.child.kill("SIGKILL");
    expect(await killed.ended).toEqual({ code: null, signal: "SIGKILL" });
    expect(await containers(killed)).toBe("running\n");
    expect((await images(killed)).trim()).toMatch(/^msb-deps\/look:[0-9a-f.]+$/);
    await nextRun();
    await nothingIsLeft(killed);
    expect(await runs(sleep)).toBe(false);

    expect(await containers(living.victim)).toBe("running\n");
    expect(await images(living.victim)).not.toBe("");
    await interrupt(living.victim);
  });

  it("leaves what the next run sweeps: a container that was never started, and its volumes", async () => {
    const big = "RUN mkdir /out && truncate -s 600M /out/big && rm -f /usr/bin/perl*\nVOLUME /data";
    const victim = await start((label) => builder(label, big) + runtime);
    let volume = "";
    // From the list: while an archive is read, an engine answers no other question about its container.
    const list = [
      "ps",
      "-a",
      "--no-trunc",
      "--filter",
      `label=msb-deps-test=${victim.mark}`,
      "--format",
      "{{.Mounts}}",
    ];
    const isCreated = async (): Promise<boolean> => {
      volume = (await docker(...list, "--filter", "status=created")).stdout.trim();
      return volume !== "";
    };
    await until("its files are read", isCreated, READY);
    victim.child.kill("SIGKILL");
    expect(await victim.ended).toEqual({ code: null, signal: "SIGKILL" });
    expect(volume).toMatch(/^[0-9a-f]{64}$/);
    await nextRun();
    await nothingIsLeft(victim);
    expect((await docker("volume", "inspect", volume)).code).toBe(1);
  });

  it("during the export leaves a tag that turns up later, and that the next run sweeps", async () => {
    const big = `RUN mkdir /out && truncate -s 300M /out/big-${randomUUID()}`;
    const victim = await start((label) => builder(label, big) + runtime);
    await until("the export goes on", () => /^#\d+ exporting to image$/m.test(victim.output.stderr), READY);
    victim.child.kill("SIGKILL");
    await victim.ended;
    // An engine may end the export, or not: then its tag is there by now.
    await new Promise((done) => setTimeout(done, 6000));
    await nextRun();
    await nothingIsLeft(victim);
  });

  it("ends docker buildx, and leaves a temporary directory that the next run removes", async () => {
    const [sleep, folder] = [seconds(), await folderOf({})];
    // In place of docker: a program whose plugin goes on when it is killed, and ends the build when it is asked to.
    const fake = `#!/bin/sh\nsh -c 'trap "exit 0" TERM; sleep ${sleep} & wait' &\nwait\n`;
    await writeFile(join(folder, "docker"), fake, { mode: 0o755 });
    const env = { PATH: `${folder}:${process.env.PATH}` };
    const victim = await start((label) => builder(label) + runtime, { env, more: ["--builder", "x"] });
    await until("the build runs", () => runs(sleep), READY);
    victim.child.kill("SIGKILL");
    await victim.ended;
    await until("the build is gone", async () => !(await runs(sleep)), SOON);
    expect(await readdir(victim.temporary)).toEqual([".keep", expect.stringMatching(/^msb-deps-build-/)]);
    await nextRun({ TMPDIR: victim.temporary });
    expect(await readdir(victim.temporary)).toEqual([".keep"]);
  });

  it("of a run on another host leaves what is swept after a day", async () => {
    const mark = randomUUID();
    const since = Math.floor(Date.now() / 1000);
    const make = async (age: number): Promise<string> => {
      const name = `msb-deps-0123456789abcdef.1.2.3.${since - age}.${randomBytes(6).toString("hex")}.0123456789ab`;
      await docker("create", "--label", "msb-deps=x", "--label", `msb-deps-test=${mark}`, "--name", name, TRIXIE);
      return name;
    };
    const young = await make(23 * 3600);
    await make(25 * 3600);
    // What a user makes of an image of ours inherits its labels.
    const users = `msb-deps-test-${mark}`;
    await docker("create", "--label", "msb-deps=x", "--label", `msb-deps-test=${mark}`, "--name", users, TRIXIE);
    await nextRun();
    const { stdout } = await docker("ps", "-a", "--format", "{{.Names}}", "--filter", `label=msb-deps-test=${mark}`);
    expect(stdout.trim().split("\n").sort()).toEqual([young, users].sort());
    await docker("rm", young, users);
  });

  it("during the look leaves nothing running, and a tag that the next run sweeps", async () => {
    const { victim, sleep } = await hangingLook();
    victim.child.kill("SIGKILL");
    expect(await victim.ended).toEqual({ code: null, signal: "SIGKILL" });
    await until("the container is gone", async () => (await containers(victim)) === "", SOON);
    expect(await runs(sleep)).toBe(false);
    await nextRun();
    await nothingIsLeft(victim);
  });

  it("while verify runs a command ends that", async () => {
    const { victim, sleep } = await runningCommand();
    victim.child.kill("SIGKILL");
    await victim.ended;
    await until("the container is gone", async () => (await containers(victim)) === "", SOON);
    expect(await runs(sleep)).toBe(false);
    await docker("rmi", ...(await images(victim)).split("\n").filter((name) => name !== ""));
  });

  it("during the build ends the step that runs", async () => {
    const sleep = seconds();
    const victim = await start((label) => builder(label, `RUN sleep ${sleep}`) + runtime);
    await until("the step runs", () => runs(sleep), READY);
    victim.child.kill("SIGKILL");
    await victim.ended;
    await until("the step is gone", async () => !(await runs(sleep)), SOON);
    await nothingIsLeft(victim);
  });
});
