import type { ElfFacts } from "../elf/facts.ts";
import { join, nameOf, realPathOf } from "../snapshot/path.ts";
import type { FileSystemView } from "../snapshot/view.ts";
import { type Opening, openCandidate } from "./candidate.ts";
import type { LoadedObject } from "./objects.ts";
import { expand, places, type SearchContext } from "./places.ts";
import type { Skipped, Via } from "./settings.ts";

/** What came of looking for a name. */
export interface Found {
  readonly path: string;
  readonly via: Via;
  readonly folderText: string | null;
  readonly opening: Extract<Opening, { result: "opened" }>;
  readonly skipped: readonly Skipped[];
}

export interface NotFound {
  /** `unknown` where something that was not looked at could hold it. */
  readonly status: "missing" | "unknown";
  readonly skipped: readonly Skipped[];
}

/** Secure-execution mode asks more of what is preloaded. */
export type Strictness = "normal" | "secure-preload";

const S_ISUID = 0o4000;

/** Looks for a needed name as the loader does, for an object. */
export function search(
  view: FileSystemView,
  context: SearchContext,
  requester: LoadedObject,
  name: string,
  strictness: Strictness = "normal",
): Found | NotFound {
  const wanted = context.program.facts;
  if (wanted === null) return { status: "unknown", skipped: [] };
  if (name.includes("/")) return atPath(view, context, requester, name, wanted);
  const skipped: Skipped[] = [];
  const folders: string[] = [];
  for (const place of places(context, requester, name)) {
    if (strictness === "secure-preload" && place.via === "cache") continue;
    if (place.reason !== null) {
      skipped.push({ path: place.paths[0] ?? place.folderText ?? "ld.so.cache", reason: place.reason });
      continue;
    }
    if (place.folder !== null) folders.push(place.folder);
    for (const path of place.paths) {
      const opening = openCandidate(view, path, wanted);
      if (opening.result === "absent") continue;
      if (opening.result === "opened") {
        const allowed = strictness === "normal" || (opening.entry.mode & S_ISUID) !== 0;
        if (allowed) return { path, via: place.via, folderText: place.folderText, opening, skipped };
        skipped.push({ path, reason: "secure" });
        continue;
      }
      skipped.push({ path, reason: opening.reason });
      if (opening.result === "failed") return notFound(skipped);
    }
  }
  skipped.push(...onlyWithCapabilities(view, context, folders, name));
  return notFound(skipped);
}

/** A name with a slash is a path, relative to where the program is started. */
function atPath(
  view: FileSystemView,
  context: SearchContext,
  requester: LoadedObject,
  name: string,
  wanted: ElfFacts,
): Found | NotFound {
  const expanded = expand(context, requester, name);
  if ("discarded" in expanded) return notFound([{ path: name, reason: expanded.discarded }]);
  const start = context.settings.workingDirectory ?? null;
  const absolute = expanded.text.startsWith("/");
  if (!absolute && start === null) return notFound([{ path: expanded.text, reason: "working-directory" }]);
  const path = absolute ? expanded.text : join(start ?? "/", expanded.text);
  const opening = openCandidate(view, path, wanted);
  if (opening.result === "absent") return notFound([]);
  if (opening.result === "opened") return { path, via: "path", folderText: null, opening, skipped: [] };
  return notFound([{ path, reason: opening.reason }]);
}

/** Reasons under which another look could find the library after all. */
const OPEN_REASONS: readonly Skipped["reason"][] = ["unknown", "platform", "damaged"];

function notFound(skipped: readonly Skipped[]): NotFound {
  // A bare name in the working directory is no promise of the image; a relative path that is needed is a question.
  const open = skipped.some(
    ({ path, reason }) => OPEN_REASONS.includes(reason) || (reason === "working-directory" && nameOf(path) !== path),
  );
  return { status: open ? "unknown" : "missing", skipped };
}

/** Files of that name which only a processor with more capabilities would get. */
function onlyWithCapabilities(
  view: FileSystemView,
  context: SearchContext,
  folders: readonly string[],
  name: string,
): readonly Skipped[] {
  return folders.flatMap((folder) => {
    const there = realPathOf(view, join(folder, "glibc-hwcaps"));
    const names = there.status === "found" ? (view.list(there.path) ?? []) : [];
    return names
      .filter((hwcap) => !(context.settings.hwcaps ?? []).includes(hwcap))
      .map((hwcap) => join(folder, `glibc-hwcaps/${hwcap}/${name}`))
      .filter((path) => realPathOf(view, path).status === "found")
      .map((path) => ({ path, reason: "hwcaps" }) as const);
  });
}
