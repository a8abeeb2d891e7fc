import { open, realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import { makePlan, type PlanOptions } from "../dockerfile/make-plan.ts";
import { parseDockerfile } from "../dockerfile/parse.ts";

/** A list of packages is smaller than this, and a Dockerfile reads fewer of them. */
const MAX_BYTES = 64 * 1024;
const MAX_FILES = 20;

/**
 * The files of the build context that install commands of a Dockerfile take their packages from, by their paths there;
 * those that are not there, or are no such lists, are left out.
 */
export async function contextFiles(
  text: string,
  options: PlanOptions,
  contextDir: string | null,
): Promise<Readonly<Record<string, string>>> {
  if (contextDir === null) return {};
  const asked = new Set<string>();
  const contextFile = (path: string): null => {
    asked.add(path);
    return null;
  };
  makePlan(parseDockerfile(text), { ...options, contextFile });
  const files: Record<string, string> = {};
  for (const path of [...asked].slice(0, MAX_FILES)) {
    const content = await readInside(contextDir, path);
    if (content !== null) files[path] = content;
  }
  return files;
}

/** Links are followed as far as they stay in the context, as the build does it. */
async function readInside(contextDir: string, path: string): Promise<string | null> {
  try {
    const root = await realpath(contextDir);
    const target = await realpath(join(root, path));
    if (!isInside(root, target)) return null;
    return await readList(target);
  } catch {
    // Not there, or not to be read: then nothing is known of it.
    return null;
  }
}

/** Whether a real path is that of a folder or of something below it. */
export function isInside(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}

async function readList(path: string): Promise<string | null> {
  const file = await open(path, "r");
  try {
    const info = await file.stat();
    if (!info.isFile() || info.size > MAX_BYTES) return null;
    const bytes = Buffer.alloc(MAX_BYTES + 1);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    const text = bytes.subarray(0, bytesRead).toString("utf8");
    return bytesRead > MAX_BYTES || text.includes("\uFFFD") ? null : text;
  } finally {
    await file.close();
  }
}
