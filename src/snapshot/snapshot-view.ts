import { compareNames } from "../base/names.ts";
import type { ElfReading } from "../elf/facts.ts";
import { readElf } from "../elf/reader.ts";
import { folderOf, nameOf } from "./path.ts";
import { rangesSource } from "./ranges.ts";
import type { FileFact, Snapshot } from "./snapshot.ts";
import type { FileSystemView, ViewEntry } from "./view.ts";

/**
 * The files of a snapshot as a file system. What was seen, or listed, proves that its folders exist; a path that was not
 * seen is absent where its folder was listed in full, or is itself absent, and unknown otherwise.
 */
export function snapshotView(snapshot: Pick<Snapshot, "files" | "listed">, layer: string): FileSystemView {
  const entries = new Map<string, ViewEntry | "absent">();
  const names = new Map<string, string[]>();
  for (const fact of snapshot.files) {
    entries.set(fact.path, fact.type === "absent" ? "absent" : entryOf(fact, layer));
  }
  for (const fact of snapshot.files) if (fact.type !== "absent") addWithFolders(fact.path, entries, names, layer);
  const listed = new Set(snapshot.listed);
  for (const folder of listed) {
    if (folder === "/" || entries.has(folder)) continue;
    entries.set(folder, folderEntry(folder, layer));
    addWithFolders(folder, entries, names, layer);
  }
  const lstat = (path: string): ViewEntry | "absent" | "unknown" => {
    const known = entries.get(path);
    if (known !== undefined) return known;
    if (path === "/") return folderEntry("/", layer);
    const folder = folderOf(path);
    if (listed.has(folder)) return "absent";
    if (folder === "/") return "unknown";
    const parent = lstat(folder);
    if (parent === "absent" || parent === "unknown") return parent;
    return parent.type === "directory" || parent.type === "symlink" ? "unknown" : "absent";
  };
  return {
    lstat,
    list(path) {
      if (listed.has(path)) return [...(names.get(path) ?? [])].sort(compareNames);
      return lstat(path) === "absent" ? [] : null;
    },
  };
}

/** A file system with nothing in it: `FROM scratch`. */
export const emptyView: FileSystemView = {
  lstat: () => "absent",
  list: () => [],
};

/** Notes a path's name in its folder, and folders that were not themselves seen as such. */
function addWithFolders(
  path: string,
  entries: Map<string, ViewEntry | "absent">,
  names: Map<string, string[]>,
  layer: string,
): void {
  for (let at = path; at !== "/"; ) {
    const folder = folderOf(at);
    const siblings = names.get(folder);
    if (siblings === undefined) names.set(folder, [nameOf(at)]);
    else siblings.push(nameOf(at));
    if (folder === "/" || entries.has(folder)) return;
    entries.set(folder, folderEntry(folder, layer));
    at = folder;
  }
}

function entryOf(fact: FileFact, layer: string): ViewEntry {
  let reading: ElfReading | null = null;
  return {
    path: fact.path,
    type: fact.type,
    mode: fact.mode,
    target: fact.target ?? null,
    layer,
    source: fact.path,
    elf() {
      reading ??= fact.type === "file" ? readElf(rangesSource(fact.size, fact.ranges ?? [])) : { kind: "not-elf" };
      return reading;
    },
  };
}

/** A folder that is there, though it was not looked at itself. */
export function folderEntry(path: string, layer: string): ViewEntry {
  return {
    path,
    type: "directory",
    mode: 0o755,
    target: null,
    layer,
    source: path,
    elf: () => ({ kind: "not-elf" }),
  };
}
