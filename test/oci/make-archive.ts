import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { pack } from "tar-stream";

/** What a tar holds: contents by name; a name that ends in `/` is a folder, `{ link }` a symlink. */
export type Files = Readonly<Record<string, string | Uint8Array | { readonly link: string }>>;

export async function tarOf(files: Files): Promise<Buffer> {
  const tar = pack();
  for (const [name, content] of Object.entries(files)) {
    if (typeof content === "object" && "link" in content) tar.entry({ name, type: "symlink", linkname: content.link });
    else if (name.endsWith("/")) tar.entry({ name, type: "directory", mode: 0o755 });
    else tar.entry({ name, mode: 0o644 }, Buffer.from(content));
  }
  tar.finalize();
  return buffer(tar);
}

const BLOCK = 128 * 1024;

/** Bytes as a Zstandard frame of blocks that are not compressed (RFC 8878, 3.1.1). */
export function zstdOf(bytes: Uint8Array): Buffer {
  const parts: Uint8Array[] = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 7 << 3])];
  for (let at = 0; at === 0 || at < bytes.length; at += BLOCK) {
    const block = bytes.subarray(at, at + BLOCK);
    const header = Buffer.alloc(3);
    header.writeUIntLE((block.length << 3) | (at + BLOCK >= bytes.length ? 1 : 0), 0, 3);
    parts.push(header, block);
  }
  return Buffer.concat(parts);
}

export const sha256 = (bytes: string | Uint8Array): string =>
  `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
export const blobName = (digest: string): string => `blobs/sha256/${digest.slice("sha256:".length)}`;

/** A layer as its tar, and as the bytes that the archive has of it. */
export interface MadeLayer {
  readonly tar: Buffer;
  readonly blob?: Uint8Array;
  readonly mediaType?: string;
}

export interface MadeImage {
  readonly layers: readonly MadeLayer[];
  readonly architecture?: string;
  /** A configuration as it stands, in place of a made one. */
  readonly config?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: { readonly os: string; readonly architecture: string };
  /** Changes the configuration, for faults. */
  readonly diffIds?: readonly string[];
}

/** The files of an OCI layout with some images. */
export function layoutOf(images: readonly MadeImage[]): Record<string, string | Uint8Array> {
  const files: Record<string, string | Uint8Array> = { "oci-layout": '{"imageLayoutVersion":"1.0.0"}' };
  const keep = (bytes: string | Uint8Array, mediaType: string) => {
    const digest = sha256(bytes);
    files[blobName(digest)] = bytes;
    return { mediaType, digest, size: bytes.length };
  };
  const manifests = images.map((image) => {
    const config = keep(image.config ?? configOf(image), "application/vnd.oci.image.config.v1+json");
    const layers = image.layers.map(({ tar, blob, mediaType }) =>
      keep(blob ?? tar, mediaType ?? "application/vnd.oci.image.layer.v1.tar"),
    );
    const manifest = keep(
      JSON.stringify({ schemaVersion: 2, config, layers }),
      "application/vnd.oci.image.manifest.v1+json",
    );
    return { ...manifest, annotations: image.annotations, platform: image.platform };
  });
  return { ...files, "index.json": JSON.stringify({ schemaVersion: 2, manifests }) };
}

/** The files of `docker save`, as Engine 20.10 writes them. */
export function savedOf(
  image: MadeImage,
  tags: readonly string[] = ["app:latest"],
): Record<string, string | Uint8Array> {
  const config = configOf(image);
  const name = `${sha256(config).slice("sha256:".length)}.json`;
  const layers = image.layers.map((_, index) => `layer${index}/layer.tar`);
  const manifest = JSON.stringify([{ Config: name, RepoTags: tags, Layers: layers }]);
  const tars = Object.fromEntries(image.layers.map(({ tar }, index) => [layers[index] ?? "", tar]));
  return { ...tars, [name]: config, "manifest.json": manifest };
}

function configOf({ layers, architecture = "amd64", diffIds }: MadeImage): string {
  const config = { Env: ["PATH=/bin"], Cmd: ["run"], Entrypoint: null, WorkingDir: "" };
  const diff_ids = diffIds ?? layers.map(({ tar }) => sha256(tar));
  return JSON.stringify({ architecture, os: "linux", config, rootfs: { type: "layers", diff_ids } });
}

export function writeFiles(folder: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}
