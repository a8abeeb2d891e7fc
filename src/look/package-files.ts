import { Readable } from "node:stream";
import { compareNames, decodeName } from "../base/names.ts";
import { basename } from "../base/paths.ts";
import { readElf } from "../elf/reader.ts";
import { bytesSource, recordingSource } from "../elf/source.ts";
import { readTar, type TarEntry } from "../oci/tar.ts";
import type { FileFact } from "../snapshot/snapshot.ts";

/** Shared libraries and the loader, by name. */
const LIBRARY = /\.so(?:\.|$)/;
const PROGRAM = /^\/(?:usr\/)?s?bin\/[^/]+$/;
/** A library that is larger than this is not read: none of Debian is. */
const MAX_BYTES = 512 * 1024 * 1024;

/** The libraries and programs in the data archive of a package (deb(5)): of libraries the bytes that tell what they are. */
export async function packageFiles(data: Buffer): Promise<FileFact[]> {
  const files = new Map<string, FileFact>();
  for await (const entry of readTar(Readable.from([data]))) {
    const path = `/${decodeName(entry.name).replace(/^\.?\/+/, "")}`;
    const kept = LIBRARY.test(basename(path)) || PROGRAM.test(path);
    const fact = kept ? await factOf(path, entry) : null;
    if (fact !== null) files.set(path, fact);
  }
  return [...files.values()].sort((a, b) => compareNames(a.path, b.path));
}

async function factOf(path: string, entry: TarEntry): Promise<FileFact | null> {
  const { mode, uid, gid, size } = entry;
  const plain = { path, mode: mode & 0o7777, uid, gid };
  if (entry.type === "symlink") return { ...plain, type: "symlink", size: 0, target: decodeName(entry.linkName) };
  if (entry.type !== "file") return null;
  if (PROGRAM.test(path) || size > MAX_BYTES) return { ...plain, type: "file", size };
  const bytes = await entry.read(size);
  const source = recordingSource(bytesSource(bytes));
  if (readElf(source).kind === "not-elf") return { ...plain, type: "file", size };
  const ranges = source
    .touched()
    .map(([start, end]) => [start, bytes.subarray(start, end).toString("base64")] as const);
  return { ...plain, type: "file", size, ranges };
}
