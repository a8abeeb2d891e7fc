import { posix, resolve } from "node:path";
import type { BuildRequest } from "../engine.ts";
import type { FileSource } from "../session/file-source.ts";
import { readIfThere, type Surroundings } from "../surroundings.ts";
import { isRemoteContext } from "./contexts.ts";

/**
 * The patterns of an ignore file, cleaned as its readers do. moby/patternmatcher ignorefile/ignorefile.go
 */
export function parseIgnoreFile(text: string): readonly string[] {
  return text
    .replace(/^\uFEFF/, "")
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line) => {
      const exception = line.startsWith("!");
      const pattern = posix.normalize(exception ? line.slice(1).trim() : line).replace(/(?<=.)\/$/, "");
      const rooted = pattern.length > 1 ? pattern.replace(/^\//, "") : pattern;
      return exception ? `!${rooted}` : rooted;
    });
}

/**
 * The frontend sends the patterns back to us as HTTP/2 headers, and Node.js ends a connection whose headers go on for more
 * than nine frames of 16 KiB (nghttp2, since CVE-2024-28182). A file of up to this many bytes stays below that, whatever
 * its characters.
 */
const MAX_SENT = 32 * 1024;

/** What the frontend reads as `<Dockerfile>.dockerignore`, and what is left out without it. */
export interface Ignored {
  /** Null: there is no such file, and the context's own is read. */
  readonly sent: Uint8Array | null;
  readonly exclude: readonly string[];
}

/**
 * Ignore files of usual size are the frontend's business. One that is too large for it is read by us, and the frontend
 * gets an empty one in its place.
 */
export async function ignored(request: BuildRequest, at: Surroundings): Promise<Ignored> {
  const own = request.dockerfilePath;
  const beside = own === null ? null : await readIfThere(at, `${own}.dockerignore`);
  const folder =
    request.contextDir === null || isRemoteContext(request.contextDir) ? null : resolve(request.contextDir);
  const counting = beside ?? (folder === null ? null : await readIfThere(at, `${folder}/.dockerignore`));
  if (counting === null || counting.length <= MAX_SENT) return { sent: beside, exclude: [] };
  return { sent: Buffer.from("# applied by the sender\n"), exclude: parseIgnoreFile(counting.toString("utf8")) };
}

/** A folder without what is ignored, whatever the engine asks for. */
export function without(exclude: readonly string[], source: FileSource): FileSource {
  if (exclude.length === 0) return source;
  return {
    entries: (selection) => source.entries({ ...selection, exclude: [...exclude, ...selection.exclude] }),
    open: (path) => source.open(path),
  };
}
