import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { MsbDepsError } from "../base/errors.ts";
import type { RunRequest, RunResult } from "../engine/engine.ts";
import type { RunInside } from "./ask-inside.ts";

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const KEPT_STDERR = 1024 * 1024;
const PROBE_MS = 20_000;

/**
 * In namespaces of its own, with the tree bound over itself: nothing in it can be written, no device opened but null, no
 * setuid program gains anything. What runs inside is the user nobody in a process that can gain no rights (prctl(2),
 * PR_SET_NO_NEW_PRIVS), without network, with bounded memory and processes. unshare(1), mount(8), setpriv(1), chroot(1).
 */
const ISOLATE = `
set -e
tree=$1; shift
test -d "$tree/dev" && test ! -L "$tree/dev"
mount --bind "$tree" "$tree"
mount -t tmpfs -o nosuid,noexec,size=64k,mode=755 tmpfs "$tree/dev"
: > "$tree/dev/null"
mount --bind /dev/null "$tree/dev/null"
mount -o remount,bind,ro,nodev,nosuid "$tree"
ulimit -c 0; ulimit -v 4194304; ulimit -p 512
cd "$tree"
exec setpriv --no-new-privs --inh-caps=-all --bounding-set=-all,+setuid,+setgid,+sys_chroot \
  chroot --userspec=65534:65534 --groups=65534 "$tree" "$@"
`;
const NAMESPACES = "--mount --net --ipc --uts --pid --fork --kill-child --propagation private".split(" ");

/** Runs programs of this machine, as who we are. */
export const runHere: RunInside = (request) => start(request.command, request);

/** Runs programs of a tree, with it as their root and apart from this machine; needs root. */
export function runIn(tree: string): RunInside {
  const before = ["unshare", ...NAMESPACES, "/bin/sh", "-c", ISOLATE, "sh", tree];
  return (request) => start([...before, ...request.command], request);
}

/** Whether {@link runIn} can start a shell of a tree: not without root, unshare(1), or a shell for this machine. */
export async function canRunIn(tree: string, signal: AbortSignal): Promise<boolean> {
  const result = await runIn(tree)({
    command: ["/bin/sh", "-c", "exit 0"],
    stdin: new Uint8Array(0),
    endStdin: true,
    env: {},
    maxOutput: 4096,
    timeoutMs: PROBE_MS,
    signal,
  });
  return result.exitCode === 0;
}

/** A group of its own, so that nothing that was started outlives it. */
function start(command: readonly string[], request: Omit<RunRequest, "image">): Promise<RunResult> {
  const [program = "", ...args] = command;
  request.signal.throwIfAborted();
  const child = spawn(program, args, {
    cwd: "/",
    env: { PATH, ...request.env },
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
  return new Promise((done, failed) => watch(child, request, done, failed));
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

function watch(
  child: Child,
  request: Omit<RunRequest, "image">,
  done: (result: RunResult) => void,
  failed: (error: unknown) => void,
): void {
  const output: Record<"stdout" | "stderr", Buffer[]> = { stdout: [], stderr: [] };
  const left = { stdout: request.maxOutput, stderr: KEPT_STDERR };
  let stopped: RunResult["stopped"] = null;
  const end = (why: RunResult["stopped"]): void => {
    stopped ??= why;
    killGroup(child);
  };
  const abort = (): void => end(null);
  const timer = setTimeout(() => end("timeout"), request.timeoutMs);
  const over = (): void => {
    clearTimeout(timer);
    request.signal.removeEventListener("abort", abort);
  };
  request.signal.addEventListener("abort", abort, { once: true });
  for (const name of ["stdout", "stderr"] as const) {
    child[name].on("data", (chunk: Buffer) => {
      if (left[name] > 0) output[name].push(chunk.subarray(0, left[name]));
      left[name] -= chunk.length;
      if (name === "stdout" && left.stdout < 0) end("output-limit");
    });
  }
  child.on("error", (error: NodeJS.ErrnoException) => {
    over();
    done({ ...result(127, output), notStarted: `${error.code ?? error.message}` });
  });
  child.on("exit", () => killGroup(child));
  child.on("close", (code) => {
    over();
    if (request.signal.aborted) failed(new MsbDepsError("interrupted", "the look was interrupted."));
    else done({ ...result(code ?? 137, output), stopped });
  });
  // A program that ends without reading its input breaks the pipe; its exit code tells more.
  child.stdin.on("error", () => {});
  child.stdin.write(request.stdin);
  if (request.endStdin === true) child.stdin.end();
}

function result(exitCode: number, output: Readonly<Record<"stdout" | "stderr", Buffer[]>>): RunResult {
  const [stdout, stderr] = [Buffer.concat(output.stdout), Buffer.concat(output.stderr)];
  return { exitCode, stdout, stderr, outOfMemory: false, notStarted: null, stopped: null };
}

function killGroup({ pid }: Child): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
