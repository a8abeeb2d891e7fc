import { stat } from "node:fs/promises";
import { Refusal } from "../base/schema.ts";
import type { ImageFacts } from "../snapshot/snapshot.ts";
import { blobPath, JsonFiles, openBlobs } from "./blobs.ts";
import { type Candidate, chooseImage, type Wish } from "./choose-image.ts";
import { type LayerTar, layerOf } from "./layer.ts";
import { type Configuration, configuration, type Descriptor, manifest, savedImages } from "./manifest.ts";
import { ociFailed } from "./trouble.ts";

/** An image in an archive. */
export interface OciImage {
  readonly facts: ImageFacts;
  /** Lowest first. */
  readonly layers: readonly LayerTar[];
  close(): Promise<void>;
}

/** Indexes within indexes, and images in all. */
const MAX_DEPTH = 4;
const MAX_IMAGES = 200;
/** Docker takes no image of more than 127. */
const MAX_LAYERS = 1000;

const LAYER_TYPES =
  /^(?:application\/vnd\.oci\.image\.layer(?:\.nondistributable)?\.v1\.tar(?:\+gzip|\+zstd)?|application\/vnd\.docker\.image\.rootfs\.(?:diff|foreign\.diff)\.tar(?:\.gzip|\.zstd)?|)$/;
const IMAGE_TYPES =
  /^(?:application\/vnd\.oci\.image\.(?:index|manifest)\.v1\+json|application\/vnd\.docker\.distribution\.manifest(?:\.list)?\.v2\+json|)$/;

/**
 * Opens one image of an archive. Nothing is unpacked: its layers are read where they lie.
 * @throws MsbDepsError `oci-invalid`, `usage` where it is not clear which image is meant
 */
export async function openOci(wish: Wish, signal: AbortSignal): Promise<OciImage> {
  const { path, name } = await splitReference(wish.reference);
  const store = await openBlobs(path, signal);
  try {
    const all = await candidates(new JsonFiles(path, store));
    const chosen = chooseImage(path, all, name, wish);
    return { facts: chosen.configuration.image, layers: await chosen.open(), close: () => store.close() };
  } catch (cause) {
    await store.close();
    if (signal.aborted) throw signal.reason;
    if (cause instanceof Refusal) throw ociFailed(path, cause.message, cause);
    throw cause;
  }
}

/** A path may hold `:` and `@` itself: the shortest part before one of them that exists is the path. */
async function splitReference(reference: string): Promise<{ path: string; name: string | null }> {
  const exists = async (path: string): Promise<boolean> => (await stat(path).catch(() => null)) !== null;
  if (await exists(reference)) return { path: reference, name: null };
  for (const { index } of reference.matchAll(/[:@]/g)) {
    if (index > 0 && (await exists(reference.slice(0, index))))
      return { path: reference.slice(0, index), name: reference.slice(index + 1) };
  }
  throw ociFailed(reference, "no such file or directory");
}

async function candidates(json: JsonFiles): Promise<Candidate[]> {
  const index = await json.read("index.json", null);
  if (index !== null) {
    const found: Candidate[] = [];
    await collect(json, index, { names: [], digest: null, depth: 0 }, found);
    return found;
  }
  const saved = await json.read("manifest.json", null);
  if (saved === null) throw ociFailed(json.path, "it has neither index.json nor manifest.json");
  return Promise.all(
    savedImages(saved, "manifest.json")
      .slice(0, MAX_IMAGES)
      .map(async ({ config, tags, layers }) => {
        const hex = /(?:^|\/)([0-9a-f]{64})(?:\.json)?$/.exec(config)?.[1];
        const digest = hex === undefined ? null : `sha256:${hex}`;
        const read = await readConfiguration(json, config, digest);
        return candidate(read, { names: tags, digest }, () => openLayers(json, layers, read));
      }),
  );
}

interface Trail {
  readonly names: readonly string[];
  readonly digest: string | null;
  readonly depth: number;
}

/** All images of an index, those of indexes within it too; attestations are none. */
async function collect(json: JsonFiles, value: unknown, trail: Trail, into: Candidate[]): Promise<void> {
  const { path } = json;
  const read = manifest(value, trail.digest ?? "index.json");
  if (read.kind === "image") {
    const config = await readConfiguration(json, fileOf(path, read.config), read.config.digest);
    const files = (): string[] =>
      read.layers.map((layer) => {
        if (!LAYER_TYPES.test(layer.mediaType))
          throw ociFailed(path, `a layer has the unsupported type ${layer.mediaType}`);
        return fileOf(path, layer);
      });
    into.push(candidate(config, trail, async () => openLayers(json, files(), config)));
    return;
  }
  if (trail.depth >= MAX_DEPTH || into.length > MAX_IMAGES) throw ociFailed(path, "its index has too many images");
  for (const one of read.manifests) {
    if (one.annotations["vnd.docker.reference.type"] !== undefined || one.platform?.os === "unknown") continue;
    if (!IMAGE_TYPES.test(one.mediaType)) continue;
    const names = [...trail.names, ...namesOf(one)];
    const next = await json.read(fileOf(path, one), one.digest);
    // An index may name images of other platforms that were not saved with it.
    if (next !== null) await collect(json, next, { names, digest: one.digest, depth: trail.depth + 1 }, into);
  }
}

/** The names that tools write: the tag (image-spec, annotations.md), and containerd's whole reference. */
function namesOf({ annotations }: Descriptor): string[] {
  const names = [annotations["io.containerd.image.name"], annotations["org.opencontainers.image.ref.name"]];
  return names.filter((name) => name !== undefined);
}

function candidate(
  read: Configuration,
  { names, digest }: Pick<Trail, "names" | "digest">,
  open: Candidate["open"],
): Candidate {
  const { os, architecture, variant } = read.image;
  return { names, digest, platform: { os, architecture, variant }, configuration: read, open };
}

async function readConfiguration(json: JsonFiles, name: string, digest: string | null): Promise<Configuration> {
  const value = await json.read(name, digest);
  if (value === null) throw ociFailed(json.path, `its configuration ${name} is not in it`);
  return configuration(value, name);
}

async function openLayers(
  { path, store }: JsonFiles,
  names: readonly string[],
  { diffIds }: Configuration,
): Promise<readonly LayerTar[]> {
  if (names.length > MAX_LAYERS) throw ociFailed(path, `it has more than ${MAX_LAYERS} layers`);
  if (names.length !== diffIds.length)
    throw ociFailed(path, `it has ${names.length} layers, but its configuration lists ${diffIds.length}`);
  return Promise.all(
    names.map(async (name, index) => {
      const blob = await store.find(name);
      if (blob === null) throw ociFailed(path, `its layer ${name} is not in it`);
      return layerOf(name, blob, diffIds[index] ?? "");
    }),
  );
}

function fileOf(path: string, { digest }: Descriptor): string {
  const name = blobPath(digest);
  if (name === null) throw ociFailed(path, `a digest that is not sha256: ${digest}`);
  return name;
}
