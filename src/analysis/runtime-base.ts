import type { Snapshot } from "../snapshot/snapshot.ts";
import type { BaseFiles } from "./builder-files.ts";

/** What the line is added to. */
export type RuntimeBase =
  | {
      readonly source: "image";
      readonly reference: string | null;
      readonly snapshot: Snapshot;
      /** Absent where an engine was asked. */
      readonly files?: BaseFiles | null | undefined;
    }
  /** Not looked at: the official image of the builder's release, by name and version of its packages. */
  | { readonly source: "mappings"; readonly reference: string; readonly packages: ReadonlyMap<string, string> }
  /** `--runtime none`, `FROM scratch`. */
  | { readonly source: "none"; readonly reference: string | null };
