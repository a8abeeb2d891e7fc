import { sortByName } from "../../base/names.ts";
import type { ArchiveFact } from "../../snapshot/snapshot.ts";
import type { Misses } from "../misses.ts";
import type { Observations } from "../observations.ts";
import { readDeb } from "./deb.ts";
import { readGem } from "./gem.ts";
import type { ArchiveKind } from "./kinds.ts";
import { type ArchiveContents, Members, NO_ARCHIVE, unopened } from "./members.ts";
import { decompressed, holdsTar, readMembers } from "./tar.ts";
import { NotAtHand, type ReadBytes, readZip } from "./zip.ts";

/** Of one archive, and of all of an image: they are read in memory. */
const MAX_SIZE = 128 * 1024 * 1024;
const MAX_SIZES = 192 * 1024 * 1024;
const MAX_ARCHIVES = 1000;

/**
 * Opens the archives that a look misses, as far as their bytes are at hand; what is not becomes a read that the look
 * misses. The same archives are opened whatever way the bytes come: which of them fit is decided by path and size.
 */
export async function openArchives(misses: Misses, observations: Observations, signal: AbortSignal): Promise<void> {
  const { count, bytes } = observations.archiveSizes();
  const all = [...misses.archives].map(([path, kind]) => ({ path, kind, size: observations.lstat(path)?.size ?? 0 }));
  let left = MAX_SIZES - bytes;
  let room = MAX_ARCHIVES - count;
  for (const { path, kind, size } of sortByName(all, (one) => one.path)) {
    signal.throwIfAborted();
    const fits = size <= MAX_SIZE && size <= left && room > 0;
    room -= 1;
    if (fits) left -= size;
    const contents = fits
      ? await attempt(path, kind, size, observations, misses)
      : unopened(factKind(kind), room < 0 ? `more than ${MAX_ARCHIVES} archives` : "it is too large, or all are");
    if (contents !== null) observations.addArchive(path, contents, fits ? size : 0);
  }
}

/** Null where bytes have to be fetched first. */
async function attempt(
  path: string,
  kind: ArchiveKind,
  size: number,
  observations: Observations,
  misses: Misses,
): Promise<ArchiveContents | null> {
  const failure = observations.failure(path);
  if (failure !== undefined) return unopened(factKind(kind), failure);
  const read: ReadBytes = (start, end) => {
    const bytes = observations.peek(path, start, end - start);
    return bytes.length === end - start ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) : null;
  };
  const members = new Members(path, size);
  try {
    return await open({ path, kind, size, read }, members);
  } catch (error) {
    if (!(error instanceof NotAtHand)) return members.contents({ kind: factKind(kind), failure: reasonOf(error) });
    misses.reads.set(path, [...(misses.reads.get(path) ?? []), ...error.spans]);
    return null;
  }
}

interface Opening {
  readonly path: string;
  readonly kind: ArchiveKind;
  readonly size: number;
  readonly read: ReadBytes;
}

async function open({ path, kind, size, read }: Opening, members: Members): Promise<ArchiveContents> {
  if (kind === "other") return unopened("other", "of a kind that is not read");
  if (kind === "zip") {
    await readZip(size, read, members);
    return members.contents({ kind: "zip", failure: null });
  }
  const bytes = read(0, size);
  if (bytes === null) throw new NotAtHand([[0, size]]);
  if (kind === "deb") {
    const control = await readDeb(bytes, members);
    return members.contents({ kind: "deb", failure: null, control });
  }
  if ((kind === "xz" || kind === "zstd") && !(await holdsTar(bytes))) return NO_ARCHIVE;
  if (kind === "tar" && path.endsWith(".gem")) await readGem(bytes, members);
  else await readMembers(decompressed(bytes), members);
  return members.contents({ kind: "tar", failure: null });
}

function factKind(kind: ArchiveKind): ArchiveFact["kind"] {
  return kind === "zip" || kind === "deb" || kind === "other" ? kind : "tar";
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/\s+/g, " ").slice(0, 200) : String(error);
}
