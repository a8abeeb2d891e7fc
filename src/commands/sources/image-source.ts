import type { BuilderFiles } from "../../analysis/builder-files.ts";
import type { BuildEvent, Engine } from "../../engine/engine.ts";
import type { LookRequest, Snapshot } from "../../snapshot/snapshot.ts";

/** An image that is open for inspection, wherever its files are. */
export interface OpenImage {
  /** The image or archive as it was named, or the real path of the tree; null for a stage without a known base. */
  readonly reference: string | null;
  /** Null if an engine has the image. */
  readonly files: BuilderFiles | null;
  /** The image's environment; unknown, and so empty, for a tree. */
  readonly env: readonly string[];
  /** Whether its loader can be asked. */
  readonly hasLoader: boolean;
  ask(request: LookRequest): Promise<Snapshot>;
  /** Removes what was made to inspect it. */
  close(): Promise<void>;
}

/** How an image is opened. */
export interface OpenRequest {
  /** Connects when an image source needs an engine; the caller closes it. */
  readonly engine: () => Promise<Engine>;
  readonly machine: Machine;
  readonly platform: string | null;
  readonly pull: boolean;
  /** Whether the loader is to be asked, or the reason recorded why it cannot be. */
  readonly askLoader: boolean;
  /** Files under these paths are searched for sonames on the first pass; searching others takes another pass. */
  readonly artifacts: readonly string[];
  readonly onEvent: (event: BuildEvent) => void;
  readonly signal: AbortSignal;
}

/**
 * Opens the image at a place.
 * @throws MsbDepsError `rootfs-missing`, `oci-invalid`, `usage`, or an error of the engine
 */
export type ImageSource = (path: string, request: OpenRequest) => Promise<OpenImage>;

/** This machine; trees do not name their architecture, and archives may hold images of several. */
export interface Machine {
  /** Docker's name of the architecture. */
  readonly architecture: string;
  /** Null if the system has no user ids. */
  readonly uid: number | null;
}
