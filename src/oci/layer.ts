import { createHash } from "node:crypto";
import { pipeline, Readable, Transform } from "node:stream";
import type { ImageFacts } from "../snapshot/snapshot.ts";
import type { Blob } from "./blob-store.ts";
import { compressionOf } from "./decompress.ts";

/**
 * The layer that a blob holds, whatever its compression: the bytes say what it is, the media type may not. Its stream
 * fails at its end where its contents are not those that the image's configuration names.
 */
export function layerOf(name: string, blob: Blob, diffId: string): LayerTar {
  return { name, place: blob.place, stream: () => open(blob, diffId) };
}

async function open(blob: Blob, diffId: string): Promise<Readable> {
  const raw = blob.stream();
  const chunks = raw[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const first = await chunks.next();
  const head: Buffer = first.done === true ? Buffer.alloc(0) : first.value;
  const whole = Readable.from(goOn(head, chunks), { objectMode: false });
  const decoder = compressionOf(head)?.decoder() ?? null;
  const check = diffCheck(diffId);
  const parts = decoder === null ? [whole, check] : [whole, decoder, check];
  // Errors arrive at the last of them, which is the one that is read.
  pipeline(parts, () => raw.destroy());
  return check;
}

async function* goOn(head: Buffer, chunks: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield head;
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
}

/** diff_id: the digest of the layer's tar without compression (OCI image-spec, config.md, "Layer DiffID"). */
function diffCheck(diffId: string): Transform {
  const hash = createHash("sha256");
  return new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk);
      done(null, chunk);
    },
    flush(done) {
      const own = `sha256:${hash.digest("hex")}`;
      done(own === diffId ? null : new Error(`its contents have the digest ${own} instead of ${diffId}`));
    },
  });
}

/** A layer of an image: a tar of what it changes. */
export interface LayerTar {
  /** For messages. */
  readonly name: string;
  /** Where it stands in an archive that can be read in order alone; null where any order will do. */
  readonly place: number | null;
  /** Its tar, decompressed; fails at its end where it is not whole. */
  stream(): Promise<Readable>;
}

/** The layers of one image, lowest first. */
export interface Layers {
  readonly facts: ImageFacts;
  readonly layers: readonly LayerTar[];
}
