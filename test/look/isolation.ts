import { spawnSync } from "node:child_process";
import { expect } from "vitest";

/** Whether this machine lets a user make namespaces and mount in them; most containers do not. */
export function canIsolate(uid: number): boolean {
  const namespaces = ["unshare", ...(uid === 0 ? [] : ["--user", "--map-root-user"]), "--mount", "--net"];
  const command = [
    `--reuid=${uid}`,
    `--regid=${uid}`,
    "--clear-groups",
    ...namespaces,
    "mount",
    "--rbind",
    "/",
    "/sys",
  ];
  return process.getuid?.() === 0 && spawnSync("setpriv", command).status === 0;
}

/** What is denied in a tree is told on the standard error, line by line. */
export const tried = (folder: string): string => `
id -u
touch ${folder}/new; touch /tmp/msb-deps-new; echo hit >/dev/hit
ls -A /proc /sys /run
cat /dev/null && echo null
chroot / true
exec 3<>/dev/tcp/127.0.0.1/1`;

export function expectIsolated(stdout: string, stderr: string, folder: string): void {
  expect(stdout.replace(/\s+/g, " ")).toBe("65534 /proc: /run: /sys: null ");
  for (const denied of [`${folder}/new': Read-only`, "/tmp/msb-deps-new': Read-only", "/dev/hit: Read-only", "chroot:"])
    expect(stderr).toContain(denied);
  // Not refused by anyone: there is no network at all.
  expect(stderr).toContain("Network is unreachable");
}
