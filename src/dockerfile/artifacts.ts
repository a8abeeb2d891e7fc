import { MsbDepsError } from "../base/errors.ts";
import { hasWildcards } from "../base/go-patterns.ts";
import { below, pathInWorkdir, withoutSlash } from "../base/paths.ts";
import { copies } from "./copy.ts";
import type { CopyMapping } from "./plan.ts";

/** One `--artifacts SRC[:DEST]`. */
export interface ArtifactWish {
  readonly source: string;
  readonly destination: string | null;
}

/** Reads `SRC[:DEST]`; a colon in a name is written `\:`. Relative paths begin at `/`. */
export function parseArtifact(text: string): ArtifactWish {
  const [source = "", destination, ...more] = text.split(/(?<!\\):/).map((part) => part.replaceAll("\\:", ":"));
  if (source === "" || destination === "" || more.length > 0) {
    throw new MsbDepsError("usage", `the artifact ${JSON.stringify(text)} is not SRC or SRC:DEST.`, {
      hint: "Give a path in the builder stage and, after a colon, its destination: --artifacts /out:/usr/local",
    });
  }
  return {
    source: withoutSlash(pathInWorkdir("/", source)),
    destination: destination === undefined ? null : pathInWorkdir("/", destination),
  };
}

/** Whether a COPY brings a path, something above it or something below it. */
export function reaches(mapping: CopyMapping, path: string): boolean {
  if (copies(mapping, path)) return true;
  const source = mapping.pivot === null ? mapping.source : mapping.pivot.root;
  return below(path, literalFolder(source)) !== null;
}

/** The folder up to the first wildcard of a pattern. */
export function literalFolder(pattern: string): string {
  const parts = withoutSlash(pattern).split("/");
  const wild = parts.findIndex(hasWildcards);
  return wild === -1 ? withoutSlash(pattern) : parts.slice(0, wild).join("/") || "/";
}

/** The mapping of an artifact of the command line; without a destination its contents are taken to go to `/`. */
export function explicitMapping(stage: number, { source, destination }: ArtifactWish): CopyMapping {
  return {
    stage,
    source,
    destination: destination ?? "/",
    several: false,
    fileName: null,
    destinationFolder: destination === null || destination.endsWith("/"),
    link: false,
    pivot: null,
    exclude: [],
    chmod: null,
    line: 0,
    ldconfigAfter: false,
    assumed: destination === null,
    explicit: destination !== null,
  };
}
