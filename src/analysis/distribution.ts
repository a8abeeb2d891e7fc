import { type Release, readRelease } from "../debian/release.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import type { Distribution } from "./model.ts";

/** The release that an image says it is, or null. */
export function releaseOf(snapshot: Pick<Snapshot, "osRelease">): Release | null {
  return snapshot.osRelease === null ? null : readRelease(snapshot.osRelease);
}

/** The release in the words of the JSON contract. */
export function distributionOf(snapshot: Pick<Snapshot, "osRelease">): Distribution | null {
  const release = releaseOf(snapshot);
  return release === null ? null : { id: release.id, versionId: release.versionId, codename: release.codename };
}
