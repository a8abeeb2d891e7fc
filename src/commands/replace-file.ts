import { randomBytes } from "node:crypto";
import { open, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { MsbDepsError, reasonOf } from "../base/errors.ts";

/**
 * Puts a new text in the place of a file, whole or not at all: written beside it, then renamed over it. Mode and, where
 * that is allowed, owner stay; a link stays one, and its target is replaced.
 *
 * @throws MsbDepsError `write-failed` where it cannot be written; the file is then what it was
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  try {
    const target = await realpath(path);
    await put(target, text, await stat(target));
  } catch (error) {
    throw new MsbDepsError("write-failed", `${path} could not be rewritten: ${reasonOf(error)}.`, {
      hint: "It is as it was. --diff prints the change in place of writing it.",
      cause: error,
    });
  }
}

/** As {@link replaceFile}, where the file may not be there yet; a mode is that of the file, whatever it was. */
export async function createOrReplace(path: string, text: string, mode: number | null): Promise<void> {
  const there = await stat(path).catch(() => null);
  if (mode === null) return put(path, text, there);
  return put(path, text, there === null ? { mode } : { ...there, mode });
}

/** What a file is to be like; null is a new one of the user's, as the umask has it. */
type Like = { readonly mode: number; readonly uid?: number; readonly gid?: number } | null;

async function put(target: string, text: string, like: Like): Promise<void> {
  // Not to be foreseen, and never one that is there: in a folder of all users another could have laid a link.
  const name = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString("hex")}.tmp`);
  const file = await open(name, "wx", like === null ? 0o666 : like.mode & 0o7777);
  try {
    try {
      await file.writeFile(text);
      if (like !== null) {
        const own = await file.stat();
        const { uid = own.uid, gid = own.gid } = like;
        // Only root may give a file away; it stays ours then.
        if (own.uid !== uid || own.gid !== gid) await file.chown(uid, gid).catch(() => undefined);
        // The umask takes from what open asks for, and chown from special bits.
        await file.chmod(like.mode & 0o7777);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(name, target);
  } catch (error) {
    await rm(name, { force: true });
    throw error;
  }
}
