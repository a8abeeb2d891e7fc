import { constants } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { MsbDepsError } from "../../base/errors.ts";

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

/** Makes them below the folder for temporary files; `files` are put into the context of ours. */
export async function openWorkshop(files: Readonly<Record<string, Uint8Array>>): Promise<Workshop> {
  const folder = await mkdtemp(join(tmpdir(), "msb-deps-build-"));
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
      if (!info.isFile()) throw new Error("no regular file");
      return info.size > most ? null : await file.readFile();
    } finally {
      await file.close();
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MsbDepsError("look-failed", `the answer from inside the build is not whole: ${name}: ${reason}.`, {
      hint: "Run it again; if it stays, report it with the Dockerfile.",
      cause,
    });
  }
}
