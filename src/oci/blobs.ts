import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { indexTar, type TarIndex } from "./tar-index.ts";
import { ociFailed } from "./trouble.ts";

/** A file of an archive, read where it lies. */
export interface Blob {
  readonly size: number;
  stream(): Readable;
}

/** The files of an image archive: an OCI layout or what `docker save` writes, as a folder or a tar of it. */
export interface BlobStore {
  /** Null where there is none; `name` as `blobs/sha256/…`, `manifest.json`. */
  find(name: string): Promise<Blob | null>;
  close(): Promise<void>;
}

/** What is read whole: indexes, manifests, configurations. */
const MOST_JSON = 8 * 1024 * 1024;

/**
 * Opens an archive of an image.
 * @throws MsbDepsError `oci-invalid`
 */
export async function openBlobs(path: string): Promise<BlobStore> {
  const info = await stat(path).catch((cause: unknown) => {
    throw ociFailed(path, `it could not be opened (${reasonOf(cause)})`, cause);
  });
  if (info.isDirectory()) return folderStore(path);
  if (!info.isFile()) throw ociFailed(path, "it is neither a file nor a folder");
  const file = await open(path).catch((cause: unknown) => {
    throw ociFailed(path, `it could not be opened (${reasonOf(cause)})`, cause);
  });
  try {
    return tarStore(file, await indexTar(file, info.size));
  } catch (cause) {
    await file.close();
    throw ociFailed(path, `it is no tar that can be read in place: ${reasonOf(cause)}`, cause);
  }
}

function folderStore(folder: string): BlobStore {
  return {
    async find(name) {
      const path = join(folder, ...safeParts(name));
      const info = await stat(path).catch(() => null);
      if (info?.isFile() !== true) return null;
      return { size: info.size, stream: () => createReadStream(path) };
    },
    close: async () => {},
  };
}

function tarStore(file: FileHandle, index: TarIndex): BlobStore {
  return {
    async find(name) {
      const place = index.find(safeParts(name).join("/"));
      if (place === null) return null;
      return { size: place.size, stream: () => Readable.from(pieces(file, place.offset, place.size)) };
    },
    close: () => file.close(),
  };
}

const PIECE = 256 * 1024;

async function* pieces(file: FileHandle, offset: number, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < size; ) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(Math.min(PIECE, size - at)), 0, null, offset + at);
    if (bytesRead === 0) throw new Error("the archive breaks off");
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Names come from the archive: none may lead out of it. */
function safeParts(name: string): string[] {
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  return parts.includes("..") ? [] : parts;
}

/** The path of a blob in an OCI layout; null for a digest of another form (image-spec, descriptor.md, "Digests"). */
export function blobPath(digest: string): string | null {
  return /^sha256:[0-9a-f]{64}$/.test(digest) ? `blobs/sha256/${digest.slice("sha256:".length)}` : null;
}

/**
 * Reads a JSON file whole; null where there is none.
 * @param digest what its bytes have to hash to
 * @throws MsbDepsError `oci-invalid`
 */
export async function readJson(path: string, store: BlobStore, name: string, digest: string | null): Promise<unknown> {
  const blob = await store.find(name);
  if (blob === null) return null;
  if (blob.size > MOST_JSON) throw ociFailed(path, `${name} is larger than ${MOST_JSON} bytes`);
  const parts: Buffer[] = [];
  for await (const part of blob.stream()) parts.push(part as Buffer);
  const bytes = Buffer.concat(parts);
  const own = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  if (digest !== null && own !== digest) throw ociFailed(path, `${name} does not have the digest ${digest}`);
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch (cause) {
    throw ociFailed(path, `${name} is not JSON`, cause);
  }
}

function reasonOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.message : String(error));
}
