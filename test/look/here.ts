import { spawn } from "node:child_process";
import type { Engine, Image, RunRequest, RunResult } from "../../src/engine/engine.ts";

/** An engine whose only image is this machine: it runs programs here, as a container would, and keeps stdin open. */
export function engineHere(runs: RunRequest[] = []): Engine {
  const none = (): never => {
    throw new Error("not in this engine");
  };
  return {
    endpoint: "here",
    build: none,
    image: none,
    files: none,
    close: async () => [],
    run: (request) => {
      runs.push(request);
      return run(request);
    },
  };
}

export const imageHere: Image = {
  reference: "here",
  id: "here",
  os: "linux",
  architecture: "amd64",
  variant: null,
  bytes: 0,
  config: { env: [], workingDir: "", user: "", entrypoint: [], cmd: [] },
  release: async () => {},
};

function run({ command, stdin, endStdin, env }: RunRequest): Promise<RunResult> {
  const [program = "", ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: { PATH: process.env.PATH, ...env }, stdio: ["pipe", "pipe", "pipe"] });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    child.stdin.write(stdin);
    if (endStdin === true) child.stdin.end();
    child.on("error", reject);
    child.on("close", (code) => {
      const [stdout, stderr] = [Buffer.concat(out), Buffer.concat(err)];
      resolve({ exitCode: code ?? 137, stdout, stderr, outOfMemory: false, notStarted: null, stopped: null });
    });
  });
}
