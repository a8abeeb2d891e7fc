import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runHere, runIn } from "../../src/look/run-here.ts";
import { canIsolate, expectIsolated, tried } from "./isolation.ts";

const request = (script: string, change: Partial<Parameters<typeof runHere>[0]> = {}) => ({
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
      request("cat; env; echo no >&2; exit 3", { stdin: Buffer.from("in\n"), endStdin: true }),
    );
    delete process.env.MSB_DEPS_TEST_LEAK;
    expect(result).toMatchObject({ exitCode: 3, stopped: null, notStarted: null });
    expect(result.stdout.toString()).toMatch(/^in\n/);
    expect(result.stdout.toString()).not.toContain("leaked");
    expect(result.stderr.toString()).toBe("no\n");
  });

  it("says that a program is not there", async () => {
    expect(await runHere({ ...request(""), command: ["/no/such"] })).toMatchObject({ notStarted: "ENOENT" });
  });

  it("stops what writes too much or takes too long", async () => {
    const much = await runHere(request("yes"));
    expect(much).toMatchObject({ stopped: "output-limit" });
    expect(much.stdout.length).toBeLessThanOrEqual(1024);
    expect(await runHere(request("sleep 60", { timeoutMs: 200 }))).toMatchObject({ stopped: "timeout" });
  });

  it("leaves nothing running, whatever the program started", async () => {
    const result = await runHere(request("sleep 60 >/dev/null 2>&1 & echo $!"));
    const pid = Number(result.stdout.toString());
    expect(pid).toBeGreaterThan(1);
    await expect.poll(() => isAlive(pid)).toBe(false);
  });

  it("ends when it is interrupted", async () => {
    const controller = new AbortController();
    const run = runHere(request("sleep 60", { signal: controller.signal }));
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

describe.runIf(canIsolate(0))("runIn", () => {
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

  it("keeps programs apart from this machine, with all that is mounted, as nobody", async () => {
    const command = ["/bin/bash", "-c", `cat ${mounted}/file >&2; touch ${mounted}/new; ${tried(open("as-root"))}`];
    const { stdout, stderr } = await runIn("/", 0)({ ...request(""), command });
    expect(stderr.toString()).toContain("on another file system\n");
    expect(stderr.toString()).toContain(`${mounted}/new': Read-only`);
    expectIsolated(stdout.toString(), stderr.toString(), join(root, "as-root"));
  });
});
