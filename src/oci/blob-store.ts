import type { Readable } from "node:stream";
import { components } from "../base/paths.ts";

/** A file of an archive, read where it lies. */
export interface Blob {
  readonly size: number;
  /** Where it stands in an archive that can be read in order alone; null where any order will do. */
  readonly place: number | null;
  stream(): Readable;
}

/** The files of an image archive: an OCI layout or what `docker save` writes, as a folder or a tar of it. */
export interface BlobStore {
  /** Null where there is none; `name` as `blobs/sha256/…`, `manifest.json`. */
  find(name: string): Promise<Blob | null>;
  close(): Promise<void>;
}

/** What is read whole: indexes, manifests, configurations. */
export const MAX_JSON = 8 * 1024 * 1024;

/** Names come from the archive: none may lead out of it. */
export function safeParts(name: string): string[] {
  const parts = components(name);
  return parts.includes("..") ? [] : parts;
}
