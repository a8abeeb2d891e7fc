import { type Layer, overlay } from "../loader/layers.ts";
import type { LoaderSettings, PreloadItem } from "../loader/settings.ts";
import type { FileSystemView, ViewEntry } from "../loader/view.ts";
import { ARCHIVE, type Archive } from "./archive.ts";
import type { ArtifactFile } from "./artifact-files.ts";
import { destinationCache } from "./destination-cache.ts";
import type { LookedAtImage } from "./image.ts";
import type { LoaderAnswer } from "./loader-answers.ts";
import type { Placed } from "./placements.ts";
import type { Provision } from "./provision.ts";

/** A builder, its artifacts and where they go. */
export interface BuilderScene {
  readonly index: number;
  /** The stage's name or number; null with `--image`. */
  readonly stage: string | null;
  readonly image: LookedAtImage;
  readonly answers: ReadonlyMap<string, LoaderAnswer>;
  /** The artifacts that are asked about. */
  readonly files: readonly ArtifactFile[];
  /** All that is copied, asked about or not, in the order of the instructions. */
  readonly placed: readonly Placed[];
  /** Where each copied path goes. */
  readonly destinations: ReadonlyMap<string, readonly string[]>;
  /** The base's packages are of another release than this builder's: names do not carry over. */
  readonly crossRelease: boolean;
}

/** Everything that is known before the first question is asked. */
export interface Scene {
  readonly builders: readonly BuilderScene[];
  /** The runtime base; null where its files are not known. */
  readonly base: LookedAtImage | null;
  readonly baseView: FileSystemView;
  /** LD_LIBRARY_PATH and what is preloaded in the runtime stage. */
  readonly libraryPath: string | null;
  readonly preload: readonly PreloadItem[];
  /** dpkg's name of the architecture that the runtime stage has. */
  readonly architecture: string;
  /** Nothing can be installed in the base (scratch, distroless): what packages would bring has to be copied. */
  readonly copyOnly: boolean;
  /** What apt in the runtime base said; null where it was not asked. */
  readonly archive: Archive | null;
}

/** Which layer of the destination an entry is from, and of which builder. */
export interface EntryLayer {
  readonly kind: "base" | "provided" | "artifact";
  /** The index of the builder; 0 for the base, {@link ARCHIVE} for a file of a package of the archive. */
  readonly builder: number;
}

/** The layer of an entry of the destination view. */
export function layerOf(entry: ViewEntry): EntryLayer {
  const [kind, builder] = entry.layer.split(":");
  return { kind: kind === "provided" || kind === "artifact" ? kind : "base", builder: Number(builder ?? 0) };
}

/** The runtime stage as it would be with what has been provided: base, packages and copies over it, artifacts on top. */
export interface Destination {
  readonly view: FileSystemView;
  /** Whether ld.so.cache is one that ldconfig makes anew, not the base's with entries for what is provided. */
  readonly freshCache: boolean;
  /** What the loader goes by for a program with these permission bits. */
  settings(mode: number): LoaderSettings;
}

/** Lays everything over the base in the order in which a build would. */
export function destination(scene: Scene, provision: Provision): Destination {
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
  const lower = overlay(scene.baseView, provided);
  const view = overlay(
    lower,
    artifactLayers(scene, () => true),
  );
  const behind = artifactLayers(scene, ({ mapping }) => mapping.ldconfigAfter);
  // A library to copy may hide one that the base's cache has: the order is ldconfig's.
  const copied = !scene.copyOnly && provision.all.some(({ kind }) => kind === "unowned");
  const any = copied || behind.some(({ placements }) => placements.length > 0);
  const cache = destinationCache(scene, provision, { view: any ? overlay(lower, behind) : lower, any });
  return {
    view,
    freshCache: any,
    settings: (mode) => ({
      libraryPath: scene.libraryPath,
      preload: scene.preload,
      secure: (mode & 0o6000) !== 0,
      cache,
      stopAt: (entry) => !isOurs(entry, provision, scene),
    }),
  };
}

function artifactLayers(scene: Scene, which: (placed: Placed) => boolean): Layer[] {
  return scene.builders.map(({ image, index, placed }) => ({
    name: `artifact:${index}`,
    view: image.view,
    placements: placed.filter((one) => one.type !== "directory" && which(one)),
  }));
}

/** Files whose own needs count: artifacts, and libraries that come without a package. */
function isOurs(entry: ViewEntry, provision: Provision, { copyOnly }: Scene): boolean {
  const { kind } = layerOf(entry);
  return kind === "artifact" || (kind === "provided" && (copyOnly || provision.at(entry.path)?.kind === "unowned"));
}
