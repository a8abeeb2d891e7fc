import type { Readable } from "node:stream";
import { MsbDepsError } from "../errors.ts";
import { decodeName } from "./bytes.ts";
import { type ContentPlace, LayerTree, split } from "./layer-tree.ts";
import { readOwnerLists } from "./list-owners.ts";
import { type FileSource, isUnder, lookAtFiles, type Witnesses } from "./look-at-files.ts";
import { Observations } from "./observations.ts";
import { type ContentSink, observeContents, observeRanges, observeStrings } from "./observe-archive.ts";
import { isMounted } from "./resolve.ts";
import type { ImageFacts, LookRequest, Snapshot } from "./snapshot.ts";
import { readTar, type TarEntry } from "./tar.ts";
import type { Misses } from "./tracker.ts";

/** What is kept of the contents of all files. */
const MOST_KEPT = 512 * 1024 * 1024;
/** PATH_MAX: what has a longer name no unpacker could make. */
const MOST_NAME = 4096;

/** What is wanted whole: as of every image, and what `dpkg -S` would read. */
const WHOLE =
  /^\/etc\/ld\.so\.|^\/(?:etc|usr\/lib)\/os-release$|\/(?:ld\.so\.conf|ld\.so\.preload|ld\.so\.conf\.d\/[^/]*\.conf)$|^\/var\/lib\/dpkg\/(?:status|arch|diversions|info\/[^/]*\.(?:shlibs|list)|status\.d\/[^/]*)$/;

/** A layer of an image: a tar of what it changes. */
export interface LayerTar {
  /** For messages. */
  readonly name: string;
  /** Its tar, decompressed; fails at its end where it is not whole. */
  stream(): Promise<Readable>;
}

/** The layers of one image, lowest first. */
export interface Layers {
  readonly facts: ImageFacts;
  readonly layers: readonly LayerTar[];
}

/** Told while the layers are read for the first time: `index` from 0, of layers that are read in order. */
export type OnLayer = (index: number, state: "started" | "done") => void;

/** A look at an image's layers that can be asked several times and reads them once. */
export interface LayerLook {
  ask(request: LookRequest): Promise<Snapshot>;
}

/**
 * Opens the look at layers: they are read in place, one after the other, and of their contents only what may matter is
 * kept. Nothing is run: the loader is not asked, dpkg's database is read.
 * @throws MsbDepsError `oci-invalid` where a layer is damaged
 */
export async function lookAtLayers(
  image: Layers,
  artifacts: readonly string[],
  signal: AbortSignal,
  onLayer: OnLayer = () => {},
): Promise<LayerLook> {
  const observations = new Observations();
  const source = layerSource(image.layers, signal, onLayer);
  const witnesses: Witnesses = {
    owners: async ({ owners }) => readOwnerLists(owners, observations),
    loader: async () => {},
  };
  await source.observe(observations, (path) => isUnder(path, artifacts));
  return {
    ask: (request) => lookAtFiles(image.facts, source, witnesses, { ...request, askLoader: false }, observations),
  };
}

/** What was seen of a file, whatever it is called in the end. */
interface Content {
  readonly pieces: (readonly [offset: number, bytes: Uint8Array])[];
  names: readonly string[] | null;
}

function layerSource(layers: readonly LayerTar[], signal: AbortSignal, onLayer: OnLayer): FileSource {
  const tree = new LayerTree<Content>();
  return {
    async observe(into, isArtifact) {
      const budget = { left: MOST_KEPT };
      for (const [index, layer] of layers.entries()) {
        onLayer(index, "started");
        await eachEntry(layer, signal, (entry, number) =>
          applyEntry(tree, entry, { layer: index, entry: number }, budget, isArtifact),
        );
        onLayer(index, "done");
      }
      giveTree(tree, into);
    },
    fetch: (misses, into) => fetchMisses(tree, layers, misses, into, signal),
  };
}

async function applyEntry(
  tree: LayerTree<Content>,
  entry: TarEntry,
  place: ContentPlace,
  budget: { left: number },
  isArtifact: (path: string) => boolean,
): Promise<void> {
  if (entry.name.length > MOST_NAME || entry.linkName.length > MOST_NAME)
    throw new Error(`a name of more than ${MOST_NAME} bytes`);
  const path = split(decodeName(entry.name));
  const { mode, uid, gid, size } = entry;
  if (entry.type === "hardlink") return tree.link(path, split(decodeName(entry.linkName)), place.layer);
  const target = entry.type === "symlink" ? { target: decodeName(entry.linkName) } : {};
  const applied = tree.apply({ path, file: { type: entry.type, mode, uid, gid, size, ...target }, place });
  if (applied === null || entry.type !== "file" || isMounted(applied.path)) return;
  const content: Content = { pieces: [], names: null };
  applied.node.content = content;
  const withStrings = isArtifact(applied.path);
  await observeContents(entry, applied.path, sinkOf(content, budget), { whole: WHOLE, withStrings });
}

function sinkOf(content: Content, budget: { left: number }): ContentSink {
  return {
    addBytes: (_, offset, bytes) => {
      budget.left -= bytes.length;
      if (budget.left < 0) throw new Error(`more than ${MOST_KEPT} bytes of it would have to be kept in memory`);
      // A part of what was read would keep all of it.
      content.pieces.push([offset, Buffer.from(bytes)]);
    },
    addStrings: (_, names) => {
      content.names = names;
    },
  };
}

function giveTree(tree: LayerTree<Content>, into: Observations): void {
  for (const { path, node } of tree.entries()) {
    if (isMounted(path)) continue;
    into.addFile(path, node.file);
    if (node.children !== null) into.addListing(path);
    for (const [offset, bytes] of node.content?.pieces ?? []) into.addBytes(path, offset, bytes);
    if (node.content?.names != null) into.addStrings(path, node.content.names);
  }
}

const NOT_THERE = "not in the archive";

/** One more pass over each layer that has something of what is missed. */
async function fetchMisses(
  tree: LayerTree<Content>,
  layers: readonly LayerTar[],
  misses: Misses,
  into: Observations,
  signal: AbortSignal,
): Promise<void> {
  for (const path of [...misses.stats, ...misses.lists]) into.addFailure(path, NOT_THERE);
  // By layer and entry: the paths, for a file may have several names.
  const wanted = new Map<number, Map<number, Set<string>>>();
  for (const path of [...misses.reads.keys(), ...misses.strings]) {
    const place = tree.place(path);
    if (place === null) {
      into.addFailure(path, NOT_THERE);
      continue;
    }
    const entries = wanted.get(place.layer) ?? new Map<number, Set<string>>();
    wanted.set(place.layer, entries.set(place.entry, (entries.get(place.entry) ?? new Set()).add(path)));
  }
  for (const [index, entries] of wanted) {
    const layer = layers[index];
    if (layer === undefined) continue;
    await eachEntry(layer, signal, async (entry, number) => {
      const paths = [...(entries.get(number) ?? [])];
      const [first] = paths;
      if (first === undefined) return;
      const all: ContentSink = {
        addBytes: (_, offset, bytes) => paths.forEach((path) => void into.addBytes(path, offset, bytes)),
        addStrings: (_, names) => paths.forEach((path) => void into.addStrings(path, names)),
      };
      const spans = paths.flatMap((path) => misses.reads.get(path) ?? []);
      // A tar goes on and never back: what is missed of a file beside its parts comes with the next round.
      if (spans.length === 0) await observeStrings(entry, first, all);
      else await observeRanges(entry, first, spans, all);
    });
  }
}

async function eachEntry(
  layer: LayerTar,
  signal: AbortSignal,
  action: (entry: TarEntry, number: number) => Promise<void>,
): Promise<void> {
  const stream = await layer.stream();
  try {
    let number = 0;
    for await (const entry of readTar(stream)) {
      signal.throwIfAborted();
      number += 1;
      await action(entry, number);
    }
  } catch (cause) {
    if (signal.aborted || cause instanceof MsbDepsError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MsbDepsError("oci-invalid", `The layer ${layer.name} could not be read: ${reason}.`, {
      hint: "Save the image anew; if it stays, report it.",
      cause,
    });
  } finally {
    stream.destroy();
  }
}
