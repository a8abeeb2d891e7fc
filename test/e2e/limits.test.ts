import { createServer, connect as dial, type Socket } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Engine, Image, RunRequest, RunResult } from "../../src/engine/engine.ts";
import { openEngine } from "./scenarios.ts";
import { baseImage, docker, folderOf } from "./support.ts";

const { signal } = new AbortController();

interface Cuttable {
  readonly engine: Engine;
  readonly image: Image;
  /** Resolves once the engine was asked to end a container later. */
  readonly askedToStop: Promise<void>;
  /** Ends every connection at once, as SIGKILL of the client does. */
  readonly cut: () => void;
}

/** The engine behind a socket of ours. */
async function behindSocket(): Promise<Cuttable> {
  const folder = await folderOf({});
  const target = (process.env.DOCKER_HOST ?? "unix:///var/run/docker.sock").replace("unix://", "");
  const sockets = new Set<Socket>();
  let asked = (): void => {};
  const askedToStop = new Promise<void>((done) => (asked = done));
  const server = createServer((client) => {
    const engine = dial(target);
    for (const socket of [client, engine]) {
      sockets.add(socket);
      socket.on("error", () => {});
    }
    client.pipe(engine).pipe(client);
    client.on("data", (data: Buffer) => data.includes("/stop?t=") && asked());
  }).listen(join(folder, "socket"));
  const cut = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(cut);
  const engine = await openEngine(process.env, `unix://${join(folder, "socket")}`);
  const image = await engine.image(baseImage("trixie"), { platform: null, pull: false, onEvent: () => {}, signal });
  // Not by the engine itself: its way is cut.
  onTestFinished(async () => void (await docker("rmi", image.reference)));
  return { engine, image, cut, askedToStop };
}

const runIn = (engine: Engine, image: Image, script: string, more: Partial<RunRequest> = {}): Promise<RunResult> =>
  engine.run({
    ...{ image, command: ["/bin/bash", "-c", script], stdin: new Uint8Array(), env: {}, maxOutput: 65536 },
    ...{ timeoutMs: 60_000, signal },
    ...more,
  });

const running = async (image: Image): Promise<string> =>
  (await docker("ps", "--all", "--quiet", "--filter", `ancestor=${image.reference}`)).stdout;

async function until(what: string, holds: () => Promise<boolean>, seconds: number): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
    await new Promise((done) => setTimeout(done, 200));
  }
}

/** Neither signals nor the end of the input end it, and each process is soon replaced by a new one. */
const HOSTILE =
  'trap "" HUP INT TERM CONT USR1; spin() { for ((n = 0; n < 50000; n++)); do :; done; spin & exit; }; spin & sleep 3000';

describe("the limits of a container do not depend on the image", () => {
  it.each(["read", "execute"] as const)("time, by the engine, when the client is gone (%s)", async (may) => {
    const { engine, image, cut, askedToStop } = await behindSocket();
    const started = Date.now();
    const lost = runIn(engine, image, HOSTILE, { may, timeoutMs: 4000 }).catch((error: unknown) => error);
    await askedToStop;
    await new Promise((done) => setTimeout(done, 500));
    cut();
    await lost;
    expect(await running(image)).not.toBe("");
    await until("the engine ends it", async () => (await running(image)) === "", 60);
    expect(Date.now() - started).toBeGreaterThan(4000);
  });

  it("CPU: one at a time, and so many seconds a process", async () => {
    const { engine, image } = await behindSocket();
    const show = `for file in /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/cpu/cpu.cfs_period_us /sys/fs/cgroup/cpu.max; do
      [ -e $file ] && cat $file; done; ulimit -Ht; ulimit -t unlimited; ulimit -t`;
    const { stdout, stderr } = await runIn(engine, image, show, { timeoutMs: 20_000 });
    expect(stdout.toString()).toMatch(/^100000\s100000\n25\n25\n$/);
    expect(stderr.toString()).toContain("Operation not permitted");
    const free = await runIn(engine, image, "ulimit -t", { may: "execute" });
    expect(free.stdout.toString()).toBe("unlimited\n");
    await image.release();
    await engine.close();
  });
});
