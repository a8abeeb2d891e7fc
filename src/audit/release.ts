import { releaseOf } from "../analysis/distribution.ts";
import { knownReleases, type ReleaseInfo } from "../debian/mappings.ts";
import { matchRelease } from "../debian/release.ts";
import type { Tables } from "../debian/tables.ts";
import { parseReference } from "../dockerfile/reference.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";

/** A release that the tables know. */
export interface AuditedRelease {
  readonly key: string;
  /** `debian 13`. */
  readonly words: string;
  /** False for a derivative, which may have packages of its own, and for a release that still moves. */
  readonly exact: boolean;
}

/** The release that an image says it is. */
export function releaseOfImage(tables: Tables, snapshot: Pick<Snapshot, "osRelease">): AuditedRelease | null {
  const release = releaseOf(snapshot);
  const match = release === null ? null : matchRelease(release, knownReleases(tables));
  return match === null ? null : { ...match, words: wordsOf(match.key) };
}

/**
 * The release that a tag names: by codename in any image (`python:3.13-slim-trixie`), by number in those of the
 * distribution alone (`debian:13.1-slim`, `ubuntu:24.04`, `debian:testing`). Null if it names none, or one that means
 * another release from one day to the next (`stable`).
 */
export function releaseOfReference(tables: Tables, reference: string): AuditedRelease | null {
  const { name, tag } = parseReference(reference);
  const tokens = (tag ?? "").split("-");
  const found = knownReleases(tables).find((release) => tokens.some((token) => names(release, token, name)));
  return found === undefined ? null : { key: found.key, words: wordsOf(found.key), exact: !found.moving };
}

function names({ key, codename, moving }: ReleaseInfo, token: string, image: string): boolean {
  if (token === codename) return true;
  const [id = "", version = ""] = key.split("-");
  if (moving) return id === image && token === "testing";
  return id === image && (token === version || (id === "debian" && token.startsWith(`${version}.`)));
}

function wordsOf(key: string): string {
  return key.replace("-", " ");
}
