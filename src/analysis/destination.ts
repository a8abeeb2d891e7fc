import type { Steps } from "../base/steps.ts";
import type { LoaderSettings } from "../loader/settings.ts";
import { type Layer, overlaySteps } from "../snapshot/layers.ts";
import type { FileSystemView, ViewEntry } from "../snapshot/view.ts";
import { ARCHIVE } from "./archive.ts";
import { destinationCache } from "./destination-cache.ts";
import type { Placed } from "./placements.ts";
import type { Provision } from "./provision.ts";
import { layerOf, type Scene } from "./scene.ts";

/** The runtime stage as it would be with what has been provided: base, packages and copies over it, artifacts on top. */
export interface Destination {
  readonly view: FileSystemView;
  /** Whether ld.so.cache is one that ldconfig makes anew, not the base's with entries for what is provided. */
  readonly freshCache: boolean;
  /**
   * What the loader goes by for a program with these permission bits.
   *
   * @param beside folders that it also searches: those of the archive that it is in, wherever that is unpacked
   */
  settings(mode: number, beside?: readonly string[]): LoaderSettings;
}

/** Lays everything over the base in the order in which a build would. */
export function* destination(scene: Scene, provision: Provision): Steps<Destination> {
  const provided = scene.builders.map(
    ({ image, index }): Layer => ({
      name: `provided:${index}`,
      view: image.view,
      placements: provision.placements(index),
    }),
  );
  if (scene.archive !== null) {
    provided.push({
      name: `provided:${ARCHIVE}`,
      view: scene.archive.view,
      placements: provision.placements(ARCHIVE),
    });
  }
  const lower = yield* overlaySteps(scene.baseView, provided);
  const all = artifactLayers(scene, () => true);
  const view = yield* overlaySteps(lower, all);
  const behind = artifactLayers(scene, ({ mapping }) => mapping.ldconfigAfter);
  // A library to copy may hide one that the base's cache has: the order is ldconfig's.
  const copied = !scene.copyOnly && provision.all.some(({ kind }) => kind === "unowned");
  const any = copied || behind.some(({ placements }) => placements.length > 0);
  const isAll = behind.every(({ placements }, index) => placements.length === all[index]?.placements.length);
  const cached = any && !isAll ? yield* overlaySteps(lower, behind) : any ? view : lower;
  const cache = destinationCache(scene, provision, { view: cached, any });
  return {
    view,
    freshCache: any,
    settings: (mode, beside = []) => ({
      libraryPath: [...(scene.libraryPath === null ? [] : [scene.libraryPath]), ...beside].join(":") || null,
      preload: scene.preload,
      secure: (mode & 0o6000) !== 0,
      cache,
      stopAt: (entry) => !isOurs(entry, provision, scene),
    }),
  };
}

export function artifactLayers(scene: Scene, which: (placed: Placed) => boolean): Layer[] {
  return scene.builders.map(({ image, index, placed }) => ({
    name: `artifact:${index}`,
    view: image.view,
    placements: placed.filter((one) => one.type !== "directory" && which(one)),
  }));
}

/** Files whose own needs count: artifacts, and libraries that come without a package. */
export function isOurs(entry: ViewEntry, provision: Provision, { copyOnly }: Scene): boolean {
  const { kind } = layerOf(entry);
  return kind === "artifact" || (kind === "provided" && (copyOnly || provision.at(entry.path)?.kind === "unowned"));
}
