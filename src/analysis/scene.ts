import { Allowance, type Pool } from "../base/allowance.ts";
import type { Misreading } from "../debian/apt-reading.ts";
import type { PreloadItem } from "../loader/settings.ts";
import type { ArchiveFact, FileFact } from "../snapshot/snapshot.ts";
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
  /** The artifacts that are archives; what matters of their members is among the files. */
  readonly archives: readonly { readonly fact: FileFact; readonly archive: ArchiveFact }[];
  /** The texts among the artifacts that name libraries or import modules, scripts among them. */
  readonly texts: readonly FileFact[];
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
  /** What may be spent on artifacts that take more than real ones. */
  readonly pool: Pool;
}

/**
 * Steps (`loader/places.ts`) for all artifacts together, beside those that each has of its own: with these a real
 * artifact comes through where hostile ones have emptied the pool, which takes some seconds and 200 MB.
 */
const POOL_STEPS = 20_000_000;
const OWN_STEPS = 50_000;

export function newPool(): Pool {
  return { left: POOL_STEPS };
}

/** For one question about one artifact. */
export function allowanceFor({ pool }: Pick<Scene, "pool">): Allowance {
  return new Allowance(OWN_STEPS, pool);
}

/** Which layer of the destination an entry is from, and of which builder. */
export interface EntryLayer {
  readonly kind: "base" | "provided" | "artifact";
  /** The index of the builder; 0 for the base, {@link ARCHIVE} for a file of a package of the archive. */
  readonly builder: number;
}

/** The layer of an entry of the destination view. */
export function layerOf({ layer }: ViewEntry): EntryLayer {
  const colon = layer.indexOf(":");
  if (colon < 0) return BASE;
  const builder = Number(layer.slice(colon + 1));
  return layer.startsWith("artifact:") ? { kind: "artifact", builder } : { kind: "provided", builder };
}

const BASE: EntryLayer = { kind: "base", builder: 0 };
