import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";
import { canRunIn, isolated, runIn } from "../../src/look/run-here.ts";

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
