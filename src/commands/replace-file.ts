import { randomBytes } from "node:crypto";
import { open, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { MsbDepsError } from "../base/errors.ts";

/**
 * Puts a new text in the place of a file, whole or not at all: written beside it, then renamed over it. Mode and, where
 * that is allowed, owner stay; a link stays one, and its target is replaced.
 *
 * @throws MsbDepsError `usage` where it cannot be written; the file is then what it was
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  let temporary: string | null = null;
  try {
    const target = await realpath(path);
    const { mode, uid, gid } = await stat(target);
    const name = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString("hex")}.tmp`);
    const file = await open(name, "wx", mode & 0o7777);
    temporary = name;
    try {
      await file.writeFile(text);
      const own = await file.stat();
      // Only root may give a file away; it stays ours then.
      if (own.uid !== uid || own.gid !== gid) await file.chown(uid, gid).catch(() => undefined);
      // The umask takes from what open asks for, and chown from special bits.
      await file.chmod(mode & 0o7777);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(name, target);
  } catch (error) {
    if (temporary !== null) await rm(temporary, { force: true });
    const reason = error instanceof Error ? error.message : String(error);
    throw new MsbDepsError("usage", `cannot rewrite ${path}: ${reason}.`, {
      hint: "The file is unchanged. Use --diff to print the change instead.",
      cause: error,
    });
  }
}
