import { basename } from "../base/paths.ts";
import { finish, type Steps } from "../base/steps.ts";
import type { FileSystemView } from "../snapshot/view.ts";
import { isMadeByEngine, isMounted } from "./resolve.ts";
import type { Tracker } from "./tracker.ts";

/**
 * An image as far as it was observed, as a file system: whatever is asked of it becomes part of the snapshot, and what
 * was not observed is a miss. Contents are not read.
 */
export function trackerView(tracker: Tracker): FileSystemView {
  return {
    lstat(path) {
      if (isMounted(path) || isMadeByEngine(path)) return "unknown";
      const raw = tracker.lstat(path);
      if (raw === null || raw.type === "absent") return raw === null ? "unknown" : "absent";
      const { type, mode, target = null } = raw;
      return { path, type, mode, target, layer: "image", source: path, elf: () => ({ kind: "not-elf" }) };
    },
    list(path) {
      if (tracker.peekList(path).length > MAX_ENTRIES) return null;
      return finish(entriesOf(tracker, path)).map(basename);
    },
  };
}

/** Of a folder that is listed in one go. */
const MAX_ENTRIES = 10_000;

/** The paths of a folder's entries, without what the engine lays over the image. */
export function* entriesOf(tracker: Tracker, folder: string): Steps<readonly string[]> {
  if (isMounted(folder)) return [];
  return yield* tracker.list(folder, (entry) => !isMounted(entry) && !isMadeByEngine(entry));
}
