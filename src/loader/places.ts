import { Allowance } from "../base/allowance.ts";
import { joinPath, withoutSlash } from "../base/paths.ts";
import type { CacheEntry } from "./cache.ts";
import { type Abi, defaultFolders } from "./machine.ts";
import type { LoadedObject } from "./objects.ts";
import type { LoaderSettings, SkipReason, Via } from "./settings.ts";
import { expandTokens } from "./tokens.ts";

/** One place in which the loader looks for a name, in the order of `places`. */
export interface Place {
  readonly via: Via;
  /** The element of the search path as it is written. */
  readonly folderText: string | null;
  /** The folder, or null where the place is a single file (of the cache) or cannot be told. */
  readonly folder: string | null;
  /** The single file, or null. */
  readonly file: string | null;
  /** Set where the place had to be left out. */
  readonly reason: SkipReason | null;
}

/** What is the same for all searches of one program. */
export interface SearchContext {
  readonly settings: LoaderSettings;
  readonly program: LoadedObject;
  readonly abi: Abi | null;
  readonly allowance: Allowance;
  /** The places of the search paths of each object, worked out once. */
  readonly lists: WeakMap<LoadedObject, Map<Via, readonly Place[]>>;
}

/**
 * The steps that the search for one program may have, where nothing else is said: a need is one, so is a place that is
 * looked in, and a result that is kept counts for what it takes in memory. The most among the programs of a Debian 12
 * machine is MEASURED (`scripts/elf-maxima.mjs`).
 */
export const MAX_STEPS = 10_000_000;
export const STEPS_OF_RESULT = 100;

export function searchContext(settings: LoaderSettings, program: LoadedObject, abi: Abi | null): SearchContext {
  const allowance = settings.allowance ?? new Allowance(MAX_STEPS, { left: 0 });
  return { settings, program, abi, allowance, lists: new WeakMap() };
}

/** The default directories, and the cache's entries in them, do not count for the needs of such an object. */
export const DF_1_NODEFLIB = 0x800;

/**
 * Where a name without a slash is looked for, in order (ld.so(8); glibc elf/dl-load.c, _dl_map_new_object):
 * DT_RPATH of the object, of who loaded it, and so on up to the program, unless the object has a DT_RUNPATH;
 * LD_LIBRARY_PATH; the object's own DT_RUNPATH; ld.so.cache; the default folders.
 */
export function* places(context: SearchContext, requester: LoadedObject, name: string): Generator<Place> {
  const { settings } = context;
  if (requester.facts?.runpath == null) {
    for (const object of rpathChain(context.program, requester)) {
      context.allowance.spend(1);
      if (object.facts?.runpath == null) yield* inList(context, object, object.facts?.rpath ?? "", "rpath");
    }
  }
  if (settings.secure !== true) yield* inList(context, context.program, settings.libraryPath ?? "", "library-path");
  yield* inList(context, requester, requester.facts?.runpath ?? "", "runpath");
  const noDefaults = ((requester.facts?.flags1 ?? 0) & DF_1_NODEFLIB) !== 0;
  yield* inCache(context, name, noDefaults);
  if (noDefaults) return;
  for (const folder of defaultFolders(context.abi)) yield placeOf("default", folder, folder);
}

/** Those whose RPATH counts: up from the requester; the program's always, even for what it opened itself. */
function* rpathChain(program: LoadedObject, requester: LoadedObject): Generator<LoadedObject> {
  let hasProgram = false;
  for (let object: LoadedObject | null = requester; object !== null; object = object.loader) {
    hasProgram ||= object === program;
    yield object;
  }
  if (!hasProgram) yield program;
}

/** The elements of a search path; each folder once (fillin_rpath of glibc). */
function inList(context: SearchContext, carrier: LoadedObject, list: string, via: Via): readonly Place[] {
  if (list === "") return [];
  const known = context.lists.get(carrier) ?? new Map<Via, readonly Place[]>();
  const before = known.get(via);
  if (before !== undefined) return before;
  const seen = new Set<string>();
  const found: Place[] = [];
  for (const text of list.split(via === "library-path" ? /[:;]/ : ":")) {
    const folder = folderOfElement(context, carrier, text);
    if (typeof folder !== "string") {
      found.push({ ...placeOf(via, text, null), reason: folder.reason });
    } else if (folder !== "" && !seen.has(folder)) {
      seen.add(folder);
      found.push(placeOf(via, text, folder));
    }
  }
  context.lists.set(carrier, known.set(via, found));
  return found;
}

function placeOf(via: Via, folderText: string, folder: string | null): Place {
  return { via, folderText, folder, file: null, reason: null };
}

/** The folder that an element means, "" for one that vanishes when its tokens are replaced. */
function folderOfElement(
  context: SearchContext,
  carrier: LoadedObject,
  text: string,
): string | { readonly reason: SkipReason } {
  const expanded = expand(context, carrier, text);
  if ("discarded" in expanded) return { reason: expanded.discarded };
  const folder = withoutSlash(expanded.text);
  if (folder.startsWith("/")) return folder;
  if (folder === "" && text !== "") return "";
  const start = context.settings.workingDirectory ?? null;
  if (start === null) return { reason: "working-directory" };
  return joinPath(start, folder);
}

/** Replaces the tokens of a string that an object carries. */
export function expand(context: SearchContext, carrier: LoadedObject, text: string) {
  const { settings, abi } = context;
  return expandTokens(text, {
    origin: carrier.origin,
    lib: abi === null ? "lib" : `lib/${abi.triplet}`,
    platform: settings.platform ?? abi?.platform ?? null,
    trusted: settings.secure === true ? defaultFolders(abi) : null,
    program: carrier.role === "program",
  });
}

const byName = new WeakMap<readonly CacheEntry[], Map<string, CacheEntry[]>>();

/** The cache's answer: one path, the first entry of the ABI that the processor can use. */
function* inCache(context: SearchContext, name: string, noDefaults: boolean): Generator<Place> {
  const { cache = null, hwcaps = [] } = context.settings;
  const place = { via: "cache", folderText: null, folder: null } as const;
  if (cache === "unknown") yield { ...place, file: null, reason: "unknown" };
  if (cache === "unknown" || cache === null) return;
  const mine = entriesOf(cache, name).filter((entry) => isOfAbi(entry, context.abi));
  for (const entry of mine) {
    if (entry.hwcap !== null && !hwcaps.includes(entry.hwcap)) yield { ...place, file: entry.path, reason: "hwcaps" };
  }
  const best = hwcaps.map((hwcap) => mine.find((entry) => entry.hwcap === hwcap)).find((entry) => entry !== undefined);
  const entry = best ?? mine.find((one) => one.hwcap === null);
  if (entry === undefined) return;
  if (noDefaults && defaultFolders(context.abi).some((folder) => entry.path.startsWith(`${folder}/`))) return;
  yield { ...place, file: entry.path, reason: null };
}

const FLAG_ELF_LIBC6 = 3;

function isOfAbi(entry: CacheEntry, abi: Abi | null): boolean {
  if (abi === null) return true;
  // Unmarked entries go with both float ABIs of arm (its dl-cache.h).
  const unmarked = abi.architecture.startsWith("arm") && abi.architecture !== "arm64" && entry.flags === FLAG_ELF_LIBC6;
  return entry.flags === abi.cacheFlags || unmarked;
}

function entriesOf(cache: readonly CacheEntry[], name: string): readonly CacheEntry[] {
  let index = byName.get(cache);
  if (index === undefined) {
    index = new Map();
    for (const entry of cache) {
      const same = index.get(entry.soname);
      if (same === undefined) index.set(entry.soname, [entry]);
      else same.push(entry);
    }
    byName.set(cache, index);
  }
  return index.get(name) ?? [];
}
