import { randomBytes } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import type { BlobStore } from "../../src/oci/blob-store.ts";
import { compressedStore } from "../../src/oci/compressed-store.ts";
import { compressionOf } from "../../src/oci/decompress.ts";
import { type Files, tarOf } from "./make-archive.ts";

/** A store of a compressed tar, with the number of times that it was read from its beginning. */
async function storeOf(files: Files): Promise<{ store: BlobStore; begun: () => number }> {
  const bytes = gzipSync(await tarOf(files), { level: 0 });
  let begun = 0;
  const read = async (into: Buffer, _: number, __: null, from: number) => {
    if (from === 0) begun += 1;
    return { bytesRead: bytes.copy(into, 0, from), buffer: into };
  };
  const compression = compressionOf(bytes);
  if (compression === null) throw new Error("gzip is not seen");
  const { signal } = new AbortController();
  const file = { read, close: async () => {} } as unknown as FileHandle;
  return { store: await compressedStore(file, bytes.length, compression, signal), begun: () => begun };
}

const contentOf = async (store: BlobStore, name: string): Promise<Buffer> => {
  const blob = await store.find(name);
  if (blob === null) throw new Error(`no ${name}`);
  return buffer(blob.stream());
};

it("reads once for the places and JSON files, and once more for all that is asked for in order", async () => {
  const layers = Object.fromEntries(["a", "b", "c", "d"].map((name) => [name, randomBytes(400_000)]));
  const { store, begun } = await storeOf({ "manifest.json": "[]", ...layers, "index.json": '{"x":1}' });
  expect((await contentOf(store, "index.json")).toString()).toBe('{"x":1}');
  expect((await contentOf(store, "./manifest.json")).toString()).toBe("[]");
  expect(begun()).toBe(1);
  for (const [name, content] of Object.entries(layers)) {
    expect((await contentOf(store, name)).equals(content)).toBe(true);
  }
  expect(begun()).toBe(2);
  expect((await contentOf(store, "b")).equals(layers.b ?? Buffer.alloc(0))).toBe(true);
  expect(begun()).toBe(3);
  await store.close();
});

it("tells the places in the order in which files stand", async () => {
  const { store } = await storeOf({ late: "1", "x/early": "2" });
  const places = await Promise.all(["late", "x/early"].map(async (name) => (await store.find(name))?.place ?? 0));
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(await store.find("../late")).toBeNull();
  expect(await store.find("none")).toBeNull();
  await store.close();
});
