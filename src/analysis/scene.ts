import type { Misreading } from "../debian/apt-reading.ts";
import type { PreloadItem } from "../loader/settings.ts";
import type { FileSystemView, ViewEntry } from "../snapshot/view.ts";
import { ARCHIVE, type Archive } from "./archive.ts";
import type { ArtifactFile } from "./artifact-files.ts";
import type { LookedAtImage } from "./image.ts";
import type { LoaderAnswer } from "./loader-answers.ts";
import type { Placed } from "./placements.ts";

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
  /** How apt would read a name that no package has, where that is as something else than a name. */
  misread(name: string): Misreading | null;
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
