import { type FileOwner, type NoOwner, ownerOf } from "../debian/owner-of.ts";
import { type OwnerTable, readOwners } from "../debian/owners.ts";
import { type InstalledPackages, packageSet, readInstalled } from "../debian/packages.ts";
import { type CacheEntry, parseCache } from "../loader/cache.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { snapshotView } from "../snapshot/snapshot-view.ts";
import type { FileSystemView } from "../snapshot/view.ts";

/** A snapshot made ready for questions: the builder's or the runtime base's. */
export interface LookedAtImage {
  readonly snapshot: Snapshot;
  readonly view: FileSystemView;
  readonly installed: InstalledPackages;
  /** dpkg's name of the native architecture; empty where there is no dpkg. */
  readonly architecture: string;
  readonly cache: readonly CacheEntry[] | null | "unknown";
  ownerOf(path: string): FileOwner | NoOwner;
}

/** Reads what a snapshot says once, so that every question after it is a look-up. */
export function openImage(snapshot: Snapshot, layer: string): LookedAtImage {
  const view = snapshotView(snapshot, layer);
  const architecture = snapshot.dpkg?.architecture ?? "";
  const installed =
    snapshot.dpkg === null
      ? { set: packageSet([], architecture), unfinished: [], invalid: [] }
      : readInstalled(snapshot.dpkg);
  const owners: OwnerTable = readOwners(snapshot.dpkg?.owners ?? []);
  const remembered = new Map<string, FileOwner | NoOwner>();
  return {
    snapshot,
    view,
    installed,
    architecture,
    cache: readCache(snapshot),
    ownerOf(path) {
      const known = remembered.get(path) ?? ownerOf(path, view, owners, installed.set);
      remembered.set(path, known);
      return known;
    },
  };
}

function readCache(snapshot: Snapshot): readonly CacheEntry[] | null | "unknown" {
  if (snapshot.loaderCache === null) return null;
  const reading = parseCache(Buffer.from(snapshot.loaderCache, "base64"));
  return reading.kind === "cache" ? reading.entries : "unknown";
}
