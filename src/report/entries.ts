import type { MsbDepsError } from "../base/errors.ts";

/** One of the documents of a report over several files: what a Dockerfile, on one platform, came to. */
export interface Entry<Document> {
  readonly label: string;
  /** Null for the engine's own. */
  readonly platform: string | null;
  /** Null if it failed. */
  readonly document: Document | null;
  readonly error: MsbDepsError | null;
}

/** A report over a single document. */
export function single<Document>(label: string, document: Document): readonly Entry<Document>[] {
  return [{ label, platform: null, document, error: null }];
}
