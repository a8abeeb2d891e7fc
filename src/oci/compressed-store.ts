import type { FileHandle } from "node:fs/promises";
import { pipeline, Readable } from "node:stream";
import { type BlobStore, MAX_JSON, safeParts } from "./blob-store.ts";
import { type Compression, decompressedLimit } from "./decompress.ts";
import { fileBytes } from "./file-bytes.ts";
import { ByteReader, MAX_PADDING, type TarEntry } from "./tar.ts";
import { indexTar, type TarPlace } from "./tar-index.ts";

/** What is kept of the indexes, manifests and configurations of an archive, all in all. */
const MAX_KEPT = 32 * 1024 * 1024;

/** One reading of the whole, and how far it is. */
interface Reading {
  readonly bytes: ByteReader;
  close(): void;
}

/**
 * The files of a tar that is compressed as a whole. Nothing is unpacked to disk: what is wanted is decompressed on the
 * way to it. A reading goes on where the last one stopped, and begins anew for what lies before; so files that are read
 * in the order of their places are read in one go. JSON files are kept from the first reading, which finds the places.
 *
 * @throws Error where it cannot be decompressed to its end, or is no tar of an image
 */
export async function compressedStore(
  file: FileHandle,
  size: number,
  compression: Compression,
  signal: AbortSignal,
): Promise<BlobStore> {
  const begin = (): Reading => decompressed(file, size, compression, signal);
  const kept = new KeptJson();
  const first = begin();
  try {
    const index = await indexTar(first.bytes, (entry, offset) => kept.offer(entry, offset));
    // To its end, where its checksum stands.
    await first.bytes.drain(MAX_PADDING);
    const readings = new Readings(begin);
    return {
      async find(name) {
        const place = index.find(safeParts(name).join("/"));
        if (place === null) return null;
        const json = kept.at(place.offset);
        const stream = (): Readable => Readable.from(json === null ? readings.pieces(place) : [json]);
        return { size: place.size, place: place.offset, stream };
      },
      async close() {
        readings.close();
        await file.close();
      },
    };
  } finally {
    first.close();
  }
}

function decompressed(file: FileHandle, size: number, compression: Compression, signal: AbortSignal): Reading {
  async function* source(): AsyncGenerator<Buffer> {
    for await (const piece of fileBytes(file, 0, size)) {
      signal.throwIfAborted();
      yield piece;
    }
  }
  const decoder = compression.decoder();
  // Errors arrive at the last of them, which is the one that is read.
  const limited = decompressedLimit();
  pipeline(Readable.from(source()), decoder, limited, () => {});
  return { bytes: new ByteReader(limited), close: () => void limited.destroy() };
}

/** The contents of files that begin as JSON does, by their offsets. */
class KeptJson {
  readonly #files = new Map<number, Buffer>();
  #left = MAX_KEPT;

  async offer(entry: TarEntry, offset: number): Promise<void> {
    if (entry.size === 0 || entry.size > Math.min(MAX_JSON, this.#left)) return;
    const head = await entry.read(1);
    if (head[0] !== 0x7b && head[0] !== 0x5b) return;
    this.#files.set(offset, Buffer.concat([head, await entry.read(entry.size - 1)]));
    this.#left -= entry.size;
  }

  at(offset: number): Buffer | null {
    return this.#files.get(offset) ?? null;
  }
}

/** Readings of one tar, of which the last is kept for what lies behind it. */
class Readings {
  readonly #begin: () => Reading;
  #idle: Reading | null = null;

  constructor(begin: () => Reading) {
    this.#begin = begin;
  }

  async *pieces({ offset, size }: TarPlace): AsyncGenerator<Buffer> {
    const reading = this.#take(offset);
    let isSound = true;
    try {
      await reading.bytes.skip(offset - reading.bytes.at);
      for (let left = size; left > 0; ) {
        const piece = await reading.bytes.some(left);
        left -= piece.length;
        yield piece;
      }
    } catch (cause) {
      isSound = false;
      throw cause;
    } finally {
      this.#give(reading, isSound);
    }
  }

  close(): void {
    this.#idle?.close();
    this.#idle = null;
  }

  #take(offset: number): Reading {
    const idle = this.#idle;
    this.#idle = null;
    if (idle !== null && idle.bytes.at <= offset) return idle;
    idle?.close();
    return this.#begin();
  }

  #give(reading: Reading, isSound: boolean): void {
    const [kept, other] = isSound ? [reading, this.#idle] : [this.#idle, reading];
    other?.close();
    this.#idle = kept;
  }
}
