import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { MsbDepsError } from "../base/errors.ts";
import { type BlobStore, MAX_JSON, safeParts } from "./blob-store.ts";
import { compressedStore } from "./compressed-store.ts";
import { compressionOf, otherCompression } from "./decompress.ts";
import { fileBytes } from "./file-bytes.ts";
import { FileInput, indexTar, type TarIndex } from "./tar-index.ts";
import { ociFailed } from "./trouble.ts";

/** What tells a compression. */
const HEAD = 16;

/**
 * Opens an archive of an image. Of one that is compressed as a whole the headers are read here, which takes a reading
 * of all of it.
 * @throws MsbDepsError `oci-invalid`
 */
export async function openBlobs(path: string, signal: AbortSignal): Promise<BlobStore> {
  const info = await stat(path).catch((cause: unknown) => {
    throw ociFailed(path, `cannot open it (${reasonOf(cause)})`, cause);
  });
  if (info.isDirectory()) return folderStore(path);
  if (!info.isFile()) throw ociFailed(path, "it is neither a file nor a directory");
  const file = await open(path).catch((cause: unknown) => {
    throw ociFailed(path, `cannot open it (${reasonOf(cause)})`, cause);
  });
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD), 0, HEAD, 0);
    const head = buffer.subarray(0, bytesRead);
    const compression = compressionOf(head);
    if (compression !== null) return await compressedStore(file, info.size, compression, signal);
    const other = otherCompression(head);
    if (other !== null) throw new Error(`${other} compression is not supported, only gzip and Zstandard`);
    return tarStore(file, await indexTar(new FileInput(file, info.size)));
  } catch (cause) {
    await file.close();
    if (signal.aborted) throw signal.reason;
    throw ociFailed(path, `not a readable tar archive: ${reasonOf(cause)}`, cause);
  }
}

/** Files within the directory: a link that leads out of it could have any file of this machine read as an image's. */
function folderStore(folder: string): BlobStore {
  return {
    async find(name) {
      const path = await realpath(join(folder, ...safeParts(name))).catch(() => null);
      const info = path === null ? null : await stat(path).catch(() => null);
      if (path === null || info?.isFile() !== true) return null;
      const root = await realpath(folder);
      if (!path.startsWith(root === "/" ? "/" : `${root}/`)) throw ociFailed(folder, `${name} is a link out of it`);
      return { size: info.size, place: null, stream: () => contents(path, info.size) };
    },
    close: async () => {},
  };
}

/** No more than there was at first: what has no size, as files of /proc, may have no end. */
function contents(path: string, size: number): Readable {
  return size === 0 ? Readable.from([]) : createReadStream(path, { end: size - 1 });
}

function tarStore(file: FileHandle, index: TarIndex): BlobStore {
  return {
    async find(name) {
      const place = index.find(safeParts(name).join("/"));
      if (place === null) return null;
      const { offset, size } = place;
      return { size, place: null, stream: () => Readable.from(fileBytes(file, offset, size)) };
    },
    close: () => file.close(),
  };
}

/** The path of a blob in an OCI layout; null for a digest of another form (image-spec, descriptor.md, "Digests"). */
export function blobPath(digest: string): string | null {
  return /^sha256:[0-9a-f]{64}$/.test(digest) ? `blobs/sha256/${digest.slice("sha256:".length)}` : null;
}

/** All indexes, manifests and configurations of an archive: that of an image with many layers has some 10 kB. */
const MAX_JSON_BYTES = 64 * 1024 * 1024;
const MAX_JSON_FILES = 10_000;

/** Reads the JSON files of an archive. */
export class JsonFiles {
  readonly path: string;
  readonly store: BlobStore;
  #bytes = MAX_JSON_BYTES;
  #files = MAX_JSON_FILES;

  /** @param path the archive's, for messages */
  constructor(path: string, store: BlobStore) {
    this.path = path;
    this.store = store;
  }

  /**
   * Reads a file whole; null where there is none.
   * @param digest what its bytes have to hash to
   * @throws MsbDepsError `oci-invalid`
   */
  async read(name: string, digest: string | null): Promise<unknown> {
    this.#files -= 1;
    if (this.#files < 0) throw this.#failed(`it names more than ${MAX_JSON_FILES} indexes and manifests`);
    const blob = await this.store.find(name);
    if (blob === null) return null;
    if (blob.size > MAX_JSON) throw this.#failed(`${name} is larger than ${MAX_JSON} bytes`);
    this.#bytes -= blob.size;
    if (this.#bytes < 0) throw this.#failed(`its indexes and manifests have more than ${MAX_JSON_BYTES} bytes`);
    const parts: Buffer[] = [];
    for await (const part of blob.stream()) parts.push(part as Buffer);
    const bytes = Buffer.concat(parts);
    const own = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    if (digest !== null && own !== digest) throw this.#failed(`${name} does not have the digest ${digest}`);
    try {
      return JSON.parse(bytes.toString("utf8"));
    } catch (cause) {
      throw this.#failed(`${name} is not JSON`, cause);
    }
  }

  #failed(what: string, cause?: unknown): MsbDepsError {
    return ociFailed(this.path, what, cause);
  }
}

function reasonOf(error: unknown): string {
  const { code } = error as { readonly code?: unknown };
  const message = error instanceof Error ? error.message : String(error);
  // zlib's codes tell less than its words.
  if (typeof code === "string" && code.startsWith("Z_")) return `cannot decompress its gzip data (${message})`;
  return typeof code === "string" ? code : message;
}
