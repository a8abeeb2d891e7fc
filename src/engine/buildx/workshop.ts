import { constants } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { MsbDepsError } from "../../base/errors.ts";
import { type Owner, ownerText } from "../owner.ts";
import { sweepFiles } from "../sweep-files.ts";

/** The folders of one call: what is sent, and what comes back. */
export interface Workshop {
  /** Where the Dockerfile is written. */
  readonly folder: string;
  /** The named context of ours. */
  readonly input: string;
  /** An empty build context. */
  readonly empty: string;
  readonly answer: string;
  remove(): Promise<void>;
}

/** Removes the folders of runs that were killed. */
export function sweepWorkshops(here: Owner): Promise<void> {
  return sweepFiles(tmpdir(), /^msb-deps-build-([0-9a-f.]+)-\w+$/, here);
}

/** Makes them below the folder for temporary files; `files` are put into the context of ours. */
export async function openWorkshop(files: Readonly<Record<string, Uint8Array>>, owner: Owner): Promise<Workshop> {
  const folder = await mkdtemp(join(tmpdir(), `msb-deps-build-${ownerText(owner)}-`));
  const [input, empty, answer] = [join(folder, "input"), join(folder, "empty"), join(folder, "answer")];
  const open = join(input, "facts/open");
  await mkdir(open, { recursive: true });
  // The image's own user writes into it; mkdir heeds the umask.
  for (const [path, mode] of [
    [input, 0o755],
    [join(input, "facts"), 0o755],
    [open, 0o777],
  ] as const)
    await chmod(path, mode);
  await mkdir(empty);
  await copyFile(fileURLToPath(new URL("./inside.pl", import.meta.url)), join(input, "inside.pl"));
  await chmod(join(input, "inside.pl"), 0o644);
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(input, name), bytes, { mode: 0o644 });
  return { folder, input, empty, answer, remove: () => rm(folder, { recursive: true, force: true }) };
}

/**
 * A file that came back, and null where it is larger. It comes from an image: a link would lead out of the folder.
 * @throws MsbDepsError `look-failed` where it is no regular file
 */
export async function readAnswer(workshop: Workshop, name: string, most: number): Promise<Buffer | null> {
  try {
    const file = await open(
      join(workshop.answer, name),
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    );
    try {
      const info = await file.stat();
      if (!info.isFile()) throw new Error("not a regular file");
      return info.size > most ? null : await file.readFile();
    } finally {
      await file.close();
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MsbDepsError("look-failed", `incomplete answer from inside the build: ${name}: ${reason}.`, {
      hint: "Try again. If the error persists, report it with the Dockerfile.",
      cause,
    });
  }
}
