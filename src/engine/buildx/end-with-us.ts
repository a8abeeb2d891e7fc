import { type ChildProcess, spawn } from "node:child_process";

/**
 * Ends a program, and what it started, when we are killed: a shell waits for the end of its input, which we hold open,
 * and then signals the process group. Docker's plugins are processes of their own, which go on without docker.
 * @param child started as `detached`: the group is its own
 * @returns called when the program has ended
 */
export function endWithUs({ pid }: ChildProcess): () => void {
  if (pid === undefined || process.platform === "win32") return () => {};
  const script = 'read -r _; kill -s TERM -- "-$1"; sleep 10; kill -s KILL -- "-$1"';
  const guard = spawn("/bin/sh", ["-c", script, "sh", String(pid)], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  // Without a shell there is no guard.
  guard.on("error", () => {});
  return () => void guard.kill("SIGKILL");
}
