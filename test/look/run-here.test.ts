import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { canRunIn, isolated, runHere, runIn } from "../../src/look/run-here.ts";
import { expectIsolated, tried } from "./isolation.ts";

const { signal } = new AbortController();
const uid = process.getuid?.() ?? -1;
const isPossible = uid >= 0 && (await canRunIn("/", uid, signal));
if (!isPossible && process.env.CI) throw new Error("programs cannot be isolated here");

/** Whether a perl with this argument is there. */
function runs(word: string): boolean {
  return readdirSync("/proc").some((id) => {
    try {
      const words = /^\d+$/.test(id) ? readFileSync(`/proc/${id}/cmdline`, "latin1").split("\0") : [];
      return words[0] === "/usr/bin/perl" && words.includes(word);
    } catch {
      return false;
    }
  });
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    if (tries > 600) throw new Error("not within 60 s");
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** Leaves its process group, heeds no signal, and starts others that do the same. */
const hostile = (word: string): readonly string[] => [
  "/usr/bin/perl",
  "-e",
  "use POSIX; setsid(); $SIG{$_} = 'IGNORE' for qw(HUP INT TERM); fork // die; setsid(); sleep 1 while 1",
  word,
];

const request = (word: string) => ({
  ...{ command: hostile(word), stdin: new Uint8Array(), env: {}, maxOutput: 4096, timeoutMs: 1500, signal },
});

describe.runIf(isPossible)("a hostile program of a tree", () => {
  it("does not outlive its time limit", async () => {
    const word = `hostile-${process.pid}-${Date.now()}`;
    const running = runIn("/", uid)(request(word));
    await until(() => runs(word));
    expect(await running).toMatchObject({ stopped: "timeout" });
    await until(() => !runs(word));
  });

  it("does not outlive us", async () => {
    const word = `hostile-${process.pid}-${Date.now()}`;
    // Another process starts it as we would, and is killed.
    const code =
      "const [program, ...args] = process.argv.slice(1); require('child_process').spawn(program, args, { detached: true }); setInterval(() => {}, 1000)";
    const child = spawn(process.execPath, ["-e", code, "--", ...isolated("/", uid, hostile(word))]);
    onTestFinished(() => void child.kill("SIGKILL"));
    await until(() => runs(word));
    child.kill("SIGKILL");
    await until(() => !runs(word));
  });

  it("leaves its exit code and output to us", async () => {
    const command = ["/bin/sh", "-c", "echo out; exit 7"];
    const result = await runIn("/", uid)({ ...request(""), command, endStdin: true, timeoutMs: 60_000 });
    expect(result.stderr.toString()).toBe("");
    expect({ ...result, stdout: result.stdout.toString() }).toMatchObject({ exitCode: 7, stdout: "out\n" });
  });
});

const shell = (script: string, change: Partial<Parameters<typeof runHere>[0]> = {}) => ({
  command: ["/bin/sh", "-c", script],
  stdin: new Uint8Array(0),
  env: {},
  maxOutput: 1024,
  timeoutMs: 20_000,
  signal: new AbortController().signal,
  ...change,
});

/** A process that has ended may stay as a zombie where nobody waits for it. */
const isAlive = (pid: number): boolean => {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
};

describe("runHere", () => {
  it("gives what a program writes, and its exit code; of our environment nothing gets through", async () => {
    process.env.MSB_DEPS_TEST_LEAK = "leaked";
    const result = await runHere(
      shell("cat; env; echo no >&2; exit 3", { stdin: Buffer.from("in\n"), endStdin: true }),
    );
    delete process.env.MSB_DEPS_TEST_LEAK;
    expect(result).toMatchObject({ exitCode: 3, stopped: null, notStarted: null });
    expect(result.stdout.toString()).toMatch(/^in\n/);
    expect(result.stdout.toString()).not.toContain("leaked");
    expect(result.stderr.toString()).toBe("no\n");
  });

  it("says that a program is not there", async () => {
    expect(await runHere({ ...shell(""), command: ["/no/such"] })).toMatchObject({ notStarted: "ENOENT" });
  });

  it("stops what writes too much or takes too long", async () => {
    const much = await runHere(shell("yes"));
    expect(much).toMatchObject({ stopped: "output-limit" });
    expect(much.stdout.length).toBeLessThanOrEqual(1024);
    expect(await runHere(shell("sleep 60", { timeoutMs: 200 }))).toMatchObject({ stopped: "timeout" });
  });

  it("leaves nothing running, whatever the program started", async () => {
    const result = await runHere(shell("sleep 60 >/dev/null 2>&1 & echo $!"));
    const pid = Number(result.stdout.toString());
    expect(pid).toBeGreaterThan(1);
    await expect.poll(() => isAlive(pid)).toBe(false);
  });

  it("ends when it is interrupted", async () => {
    const controller = new AbortController();
    const run = runHere(shell("sleep 60", { signal: controller.signal }));
    setTimeout(() => controller.abort(), 100);
    await expect(run).rejects.toMatchObject({ code: "interrupted" });
  });
});

const root = mkdtempSync(join(tmpdir(), "msb-deps-test-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Everybody may read and write here, so that only isolation forbids it. */
const open = (name: string): string => {
  const path = join(root, name);
  mkdirSync(path);
  for (const folder of [root, path]) chmodSync(folder, 0o777);
  return path;
};

describe.runIf(isPossible && uid === 0)("a program of a tree", () => {
  let mounted: string;
  beforeAll(() => {
    mounted = open("mounted");
    execFileSync("mount", ["-t", "tmpfs", "tmpfs", mounted]);
    chmodSync(mounted, 0o777);
    writeFileSync(join(mounted, "file"), "on another file system\n");
  });
  afterAll(() => {
    execFileSync("umount", [mounted]);
  });

  it("is apart from this machine, with all that is mounted, as nobody", async () => {
    const command = ["/bin/bash", "-c", `cat ${mounted}/file >&2; touch ${mounted}/new; ${tried(open("as-root"))}`];
    const { stdout, stderr } = await runIn("/", uid)({ ...shell(""), command });
    expect(stderr.toString()).toContain("on another file system\n");
    expect(stderr.toString()).toContain(`${mounted}/new': Read-only`);
    expectIsolated(stdout.toString(), stderr.toString(), join(root, "as-root"));
  });
});
