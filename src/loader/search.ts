import { basename, joinPath } from "../base/paths.ts";
import type { ElfFacts } from "../elf/facts.ts";
import { realDirectoryOf, realPathOf } from "../snapshot/path.ts";
import type { FileSystemView, ViewEntry } from "../snapshot/view.ts";
import { type Opening, openCandidate } from "./candidate.ts";
import type { LoadedObject } from "./objects.ts";
import { expand, type Place, places, type SearchContext } from "./places.ts";
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
  const trail = new Trail();
  const folders: string[] = [];
  for (const place of places(context, requester, name)) {
    const { via, folderText, folder, reason } = place;
    if (!context.allowance.spend(1)) return trail.add(name, "limit").notFound();
    if (strictness === "secure-preload" && via === "cache") continue;
    if (reason !== null) {
      trail.add(shownPlace(place), reason);
      continue;
    }
    if (folder !== null && realDirectoryOf(view, folder).status === "absent") continue;
    if (folder !== null) folders.push(folder);
    const first = openFirst(view, pathsOf(place, context, name), { wanted, strictness, trail });
    if (first === "failed") return trail.notFound();
    if (first !== null) return { ...first, via, folderText, skipped: trail.skipped };
  }
  for (const path of onlyWithCapabilities(view, context, folders, name)) trail.add(path, "hwcaps");
  return trail.notFound();
}

function shownPlace({ file, folderText }: Place): string {
  return file ?? folderText ?? "ld.so.cache";
}

/** Opens the first of some paths that the loader takes; `failed` if it gives up, null if there is none. */
function openFirst(
  view: FileSystemView,
  paths: readonly string[],
  { wanted, strictness, trail }: { wanted: ElfFacts; strictness: Strictness; trail: Trail },
): Pick<Found, "path" | "opening"> | "failed" | null {
  for (const path of paths) {
    const opening = openCandidate(view, path, wanted);
    if (opening.result === "absent") continue;
    if (opening.result === "opened" && isAllowed(opening.entry, strictness)) return { path, opening };
    trail.add(path, opening.result === "opened" ? "secure" : opening.reason);
    if (opening.result === "failed") return "failed";
  }
  return null;
}

/** Secure-execution mode preloads only files with the set-user-ID bit (ld.so(8), LD_PRELOAD). */
function isAllowed({ mode }: ViewEntry, strictness: Strictness): boolean {
  return strictness === "normal" || (mode & S_ISUID) !== 0;
}

/** The paths that are tried at one place, in order. */
function pathsOf({ folder, file }: Place, { settings }: SearchContext, name: string): readonly string[] {
  if (folder === null) return file === null ? [] : [file];
  const better = (settings.hwcaps ?? []).map((hwcap) => joinPath(folder, `glibc-hwcaps/${hwcap}/${name}`));
  return [...better, joinPath(folder, name)];
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
  if ("discarded" in expanded) return new Trail().add(name, expanded.discarded).notFound();
  const start = context.settings.workingDirectory ?? null;
  const absolute = expanded.text.startsWith("/");
  if (!absolute && start === null) return new Trail().add(expanded.text, "working-directory").notFound();
  const path = absolute ? expanded.text : joinPath(start ?? "/", expanded.text);
  const opening = openCandidate(view, path, wanted);
  if (opening.result === "absent") return new Trail().notFound();
  if (opening.result === "opened") return { path, via: "path", folderText: null, opening, skipped: [] };
  return new Trail().add(path, opening.reason).notFound();
}

/** Reasons under which another look could find the library after all. */
const OPEN_REASONS: readonly Skipped["reason"][] = ["unknown", "platform", "damaged", "limit"];

/** What is told of the places that were passed over; a hostile search path has any number of them. */
const MAX_SKIPPED = 256;

/** The way of one search until now. */
class Trail {
  readonly skipped: Skipped[] = [];
  #isOpen = false;

  add(path: string, reason: Skipped["reason"]): this {
    // A bare name in the working directory is no promise of the image; a relative path that is needed is a question.
    this.#isOpen ||= OPEN_REASONS.includes(reason) || (reason === "working-directory" && basename(path) !== path);
    if (this.skipped.length < MAX_SKIPPED) this.skipped.push({ path, reason });
    return this;
  }

  notFound(): NotFound {
    return { status: this.#isOpen ? "unknown" : "missing", skipped: this.skipped };
  }
}

/** Files of that name which only a processor with more capabilities would get. */
function onlyWithCapabilities(
  view: FileSystemView,
  { settings }: SearchContext,
  folders: readonly string[],
  name: string,
): readonly string[] {
  return folders.flatMap((folder) =>
    capabilitiesIn(view, folder)
      .filter((hwcap) => !(settings.hwcaps ?? []).includes(hwcap))
      .map((hwcap) => joinPath(folder, `glibc-hwcaps/${hwcap}/${name}`))
      .filter((path) => realPathOf(view, path).status === "found"),
  );
}

const memory = new WeakMap<FileSystemView, Map<string, readonly string[]>>();

/** The names of a folder's glibc-hwcaps subfolders, remembered: hardly any folder has some. */
function capabilitiesIn(view: FileSystemView, folder: string): readonly string[] {
  const known = memory.get(view) ?? new Map<string, readonly string[]>();
  memory.set(view, known);
  let names = known.get(folder);
  if (names === undefined) {
    const there = realPathOf(view, joinPath(folder, "glibc-hwcaps"));
    names = there.status === "found" ? (view.list(there.path) ?? []) : [];
    known.set(folder, names);
  }
  return names;
}
