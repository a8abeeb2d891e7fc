import type { ElfDamage } from "../elf/facts.ts";
import type { LoadedObject } from "../loader/objects.ts";
import type { Resolution } from "../loader/resolve.ts";
import type { MissingVersion } from "../loader/versions.ts";
import type { ArtifactFile } from "./artifact-files.ts";
import type { Destination } from "./destination.ts";
import type { DlopenChoice } from "./dlopen.ts";
import type { Provision } from "./provision.ts";
import type { BuilderScene, Scene } from "./scene.ts";

/** Where the builder has a library. */
export interface BuilderPath {
  /** The path that its loader opens. */
  readonly path: string;
  readonly realPath: string;
  /** Where it must lie in the runtime stage to be found in the same way. */
  place(): string;
  /** Whether our rules say that ld.so.cache alone leads to it. */
  byCache(): boolean;
}

/** One artifact at one of its places in the runtime stage, and what the loader makes of it there. */
export interface ResolvedArtifact {
  readonly builder: BuilderScene;
  readonly file: ArtifactFile;
  /** Where it will be; its own path in the builder where no COPY brings it. */
  readonly path: string;
  readonly resolution: Resolution;
  /** The program and the libraries of ours that it loads: those whose own needs count. */
  readonly ours: readonly LoadedObject[];
  /** What the file opens by itself, as its notes say. */
  readonly choices: readonly DlopenChoice[];
  /** Versions that are asked for by files of ours and not defined where they are asked of. */
  readonly versions: readonly MissingVersion[];
}

/** Every artifact resolved at its destination, with all that had to be provided for it. */
export interface ResolvedScene {
  readonly scene: Scene;
  readonly destination: Destination;
  readonly provision: Provision;
  readonly artifacts: readonly ResolvedArtifact[];
  /** What is wrong with files whose needs are not known: they are damaged, or would take too much. */
  readonly damaged: ReadonlyMap<ArtifactFile, ElfDamage>;
}
