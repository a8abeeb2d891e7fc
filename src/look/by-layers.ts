import { MsbDepsError } from "../base/errors.ts";
import type { Layers, LayerTar } from "../oci/layer.ts";
import { readTar, type TarEntry } from "../oci/tar.ts";
import type { LookRequest, Snapshot } from "../snapshot/snapshot.ts";
import { apply, type Content, keep, newBudget, ownPath, type SeenEntry, seenEntry, sinkOf } from "./layer-entries.ts";
import { LayerTree } from "./layer-tree.ts";
import { readOwnerLists } from "./list-owners.ts";
import { type FileSource, isUnder, lookAtFiles, type Witnesses } from "./look-at-files.ts";
import { Observations } from "./observations.ts";
import { type ContentSink, observeContents, observeRanges, observeStrings } from "./observe-archive.ts";
import { isMounted } from "./resolve.ts";
import type { Misses } from "./tracker.ts";

/** What is wanted whole: as of every image, and what `dpkg -S` would read. */
const WHOLE =
  /^\/etc\/ld\.so\.|^\/(?:etc|usr\/lib)\/os-release$|\/(?:ld\.so\.conf|ld\.so\.preload|ld\.so\.conf\.d\/[^/]*\.conf)$|^\/var\/lib\/dpkg\/(?:status|arch|diversions|info\/[^/]*\.(?:shlibs|list)|status\.d\/[^/]*)$/;
/** Told while the layers are read for the first time: `index` from 0, in the order of reading. */
export type OnLayer = (index: number, state: "started" | "done") => void;

/** A look at an image's layers that can be asked several times and reads them once. */
export interface LayerLook {
  ask(request: LookRequest): Promise<Snapshot>;
}

/**
 * Opens the look at layers: they are read in place, one after the other, and of their contents only what may matter is
 * kept. Those of an archive that is compressed as a whole are read in the order in which they stand in it, and laid over
 * each other afterwards. Nothing is run: the loader is not asked, dpkg's database is read.
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

function layerSource(layers: readonly LayerTar[], signal: AbortSignal, onLayer: OnLayer): FileSource {
  const tree = new LayerTree<Content>();
  return {
    async observe(into, isArtifact) {
      const budget = newBudget();
      const waiting = new Map<number, readonly SeenEntry[]>();
      let lowest = 0;
      for (const [index, layer] of inReadingOrder(layers)) {
        onLayer(index, "started");
        const kept: SeenEntry[] | null = index === lowest ? null : [];
        await eachEntry(layer, signal, async (entry, number) => {
          const seen = seenEntry(entry, { layer: index, entry: number });
          if (kept !== null) keep(seen, kept, budget);
          const path = kept === null ? apply(tree, seen) : ownPath(seen);
          if (path === null || seen.content === null || isMounted(path)) return;
          const sink = sinkOf(seen.content, budget);
          await observeContents(entry, path, sink, { whole: WHOLE, withStrings: isArtifact(path) });
        });
        if (kept === null) lowest += 1;
        else waiting.set(index, kept);
        lowest = applyWaiting(tree, layers, waiting, lowest);
        onLayer(index, "done");
      }
      giveTree(tree, into);
    },
    fetch: (misses, into) => fetchMisses(tree, layers, misses, into, signal),
  };
}

/** Lays the layers into the tree that waited for the one before them; the lowest that is still to be read. */
function applyWaiting(
  tree: LayerTree<Content>,
  layers: readonly LayerTar[],
  waiting: Map<number, readonly SeenEntry[]>,
  lowest: number,
): number {
  let next = lowest;
  for (let ready = waiting.get(next); ready !== undefined; ready = waiting.get(next)) {
    try {
      for (const seen of ready) apply(tree, seen);
    } catch (cause) {
      throw layerFailed(layers[next]?.name ?? "", cause);
    }
    waiting.delete(next);
    next += 1;
  }
  return next;
}

/** The layers with their indexes, as they are best read. */
function inReadingOrder(layers: readonly LayerTar[]): (readonly [index: number, layer: LayerTar])[] {
  const indexed = layers.map((layer, index) => [index, layer] as const);
  return indexed.sort(([i, a], [j, b]) => (a.place ?? i) - (b.place ?? j));
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
  for (const [index, layer] of inReadingOrder(layers)) {
    const entries = wanted.get(index);
    if (entries === undefined) continue;
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
    throw layerFailed(layer.name, cause);
  } finally {
    stream.destroy();
  }
}

function layerFailed(name: string, cause: unknown): MsbDepsError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new MsbDepsError("oci-invalid", `the layer ${name} could not be read: ${reason}.`, {
    hint: "Save the image anew; if it stays, report it.",
    cause,
  });
}
