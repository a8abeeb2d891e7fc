import { lstat, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { isGone, type Owner, parseOwner } from "./owner.ts";

/**
 * Removes temporary files and directories of runs that were killed.
 * @param ours matches our names in `folder`; its first group is the owner
 */
export async function sweepFiles(folder: string, ours: RegExp, here: Owner): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const owner = parseOwner(ours.exec(name)?.[1] ?? "");
    if (owner === null || !(await isGone(owner, here))) continue;
    const path = join(folder, name);
    if (await isOurs(path)) await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}

/** In a shared folder another user can choose the name, and could exchange what is removed while it is. */
async function isOurs(path: string): Promise<boolean> {
  const info = await lstat(path).catch(() => null);
  return info !== null && info.uid === process.getuid?.() && (!info.isDirectory() || (info.mode & 0o022) === 0);
}
