/** Where the files of a builder were read: a built stage, an image of the engine, a tree, an archive. */
export type BuilderOrigin = "stage" | "image" | "rootfs" | "oci";

/**
 * Why the loader of a tree or an archive was not asked, so that our own rules alone answer: `archive`: there is nothing
 * to run · `not-isolated`: no namespaces of its own can be made, or no shell in it runs here.
 */
export type LoaderAbsence = "archive" | "not-isolated";

/** The tree or archive that a runtime base was looked at in, without an engine. */
export interface BaseFiles {
  readonly origin: "rootfs" | "oci";
  /** The real path of the tree, or the archive as it was named. */
  readonly path: string;
}

/** A builder that no engine was asked about. */
export interface BuilderFiles {
  readonly origin: "rootfs" | "oci";
  /** Null where the loader was asked, or `--engine static` left it out. */
  readonly loaderAbsence: LoaderAbsence | null;
}
