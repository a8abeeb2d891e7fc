import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { stopReason } from "../base/errors.ts";
import type { RunRequest, RunResult } from "../engine/engine.ts";
import type { RunInside } from "./ask-inside.ts";

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const KEPT_STDERR = 1024 * 1024;
const PROBE_MS = 20_000;

/**
 * In namespaces of its own, with the tree and all that is mounted in it at another place, where nothing can be written, no
 * device opened but null, and no setuid program gains anything. What the kernel and services offer (/proc, /sys, /run) is
 * not there. What runs inside has no capability and no way to gain one (prctl(2), PR_SET_NO_NEW_PRIVS), no network, and
 * bounded memory and processes. Of root it is the user nobody; of another user it has that one's right to read, and no
 * more. A mount whose mount point was removed meanwhile is gone, as are those of containers that end. The shell stays as the
 * first process of the PID namespace: all others end with it, also those that left its process group
 * (pid_namespaces(7)). mount(8), setpriv(1), chroot(1), unshare(1); mount points in mountinfo are escaped
 * (proc_pid_mountinfo(5)).
 */
const ISOLATE = `
set -e
tree=$1; user=$2; shift 2
at=/sys
test -d "$tree/dev" && test ! -L "$tree/dev"
before=$(wc -l </proc/self/mountinfo)
mount --rbind "$tree" $at
tail -n +$((before + 1)) /proc/self/mountinfo | while read -r _ _ _ _ point _; do
  point=$(printf %b "$point")
  test -e "$point" || continue
  why=$(mount -o remount,bind,ro,nodev,nosuid "$point" 2>&1) || test ! -e "$point" || { echo "$why" >&2; exit 1; }
done
for name in proc sys run; do
  if test -d $at/$name && test ! -L $at/$name; then mount -t tmpfs -o ro,nosuid,nodev,noexec,size=4k tmpfs $at/$name; fi
done
mount -t tmpfs -o nosuid,noexec,size=64k,mode=755 tmpfs $at/dev
: >$at/dev/null
mount --bind /dev/null $at/dev/null
mount -o remount,bind,ro,nosuid,noexec $at/dev
ulimit -c 0; ulimit -v 4194304; ulimit -p 512
cd $at
status=0
if test "$user" = 0; then
  setpriv --no-new-privs --inh-caps=-all --bounding-set=-all,+setuid,+setgid,+sys_chroot \
    chroot --userspec=65534:65534 --groups=65534 $at "$@" || status=$?
else
  setpriv --no-new-privs unshare --user --map-user=65534 --map-group=65534 --root=$at --wd=/ -- "$@" || status=$?
fi
exit $status
`;
/** Killed when we are (prctl(2), PR_SET_PDEATHSIG), and so is the shell then (unshare(1), --kill-child). */
const WITH_US = ["setpriv", "--pdeathsig", "KILL"];
const NAMESPACES = "--mount --net --ipc --uts --pid --fork --kill-child --propagation private".split(" ");

/** Runs programs of this machine, as who we are. */
export const runHere: RunInside = (request) => start(request.command, request);

/**
 * A command line that runs a command with a tree as its root and apart from this machine.
 *
 * @param tree absolute; `/` is this machine
 * @param uid who we are: not root needs the right to make user namespaces (user_namespaces(7))
 */
export function isolated(tree: string, uid: number, command: readonly string[]): readonly string[] {
  const own = uid === 0 ? [] : ["--user", "--map-root-user"];
  return [...WITH_US, "unshare", ...own, ...NAMESPACES, "/bin/sh", "-c", ISOLATE, "sh", tree, String(uid), ...command];
}

/** Runs programs of a tree, see {@link isolated}. */
export function runIn(tree: string, uid: number): RunInside {
  return (request) => start(isolated(tree, uid, request.command), request);
}

/** Whether {@link runIn} can start a shell of a tree: not without namespaces, unshare(1), or a shell for this machine. */
export async function canRunIn(tree: string, uid: number, signal: AbortSignal): Promise<boolean> {
  const result = await runIn(
    tree,
    uid,
  )({
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
    if (request.signal.aborted) failed(stopReason(request.signal));
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
