import { join } from "../snapshot/path.ts";
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
  /** The paths that are tried, in order. */
  readonly paths: readonly string[];
  /** Set where the place had to be left out. */
  readonly reason: SkipReason | null;
}

/** What is the same for all searches of one program. */
export interface SearchContext {
  readonly settings: LoaderSettings;
  readonly program: LoadedObject;
  readonly abi: Abi | null;
}

const DF_1_NODEFLIB = 0x800;

/**
 * Where a name without a slash is looked for, in order (ld.so(8); glibc elf/dl-load.c, _dl_map_new_object):
 * DT_RPATH of the object, of who loaded it, and so on up to the program, unless the object has a DT_RUNPATH;
 * LD_LIBRARY_PATH; the object's own DT_RUNPATH; ld.so.cache; the default folders.
 */
export function* places(context: SearchContext, requester: LoadedObject, name: string): Generator<Place> {
  const { settings } = context;
  if (requester.facts?.runpath == null) {
    for (const object of rpathChain(context.program, requester)) {
      if (object.facts?.runpath == null) yield* inList(context, object, object.facts?.rpath ?? "", name, "rpath");
    }
  }
  if (settings.secure !== true) {
    yield* inList(context, context.program, settings.libraryPath ?? "", name, "library-path");
  }
  yield* inList(context, requester, requester.facts?.runpath ?? "", name, "runpath");
  const noDefaults = ((requester.facts?.flags1 ?? 0) & DF_1_NODEFLIB) !== 0;
  yield* inCache(context, name, noDefaults);
  if (noDefaults) return;
  for (const folder of defaultFolders(context.abi)) yield inFolder(settings, folder, folder, name, "default");
}

/** Those whose RPATH counts: up from the requester; the program's always, even for what it opened itself. */
function rpathChain(program: LoadedObject, requester: LoadedObject): ReadonlySet<LoadedObject> {
  const chain = new Set<LoadedObject>();
  for (let object: LoadedObject | null = requester; object !== null; object = object.loader) chain.add(object);
  return chain.add(program);
}

/** The elements of a search path; each folder once (fillin_rpath of glibc). */
function* inList(
  context: SearchContext,
  carrier: LoadedObject,
  list: string,
  name: string,
  via: Via,
): Generator<Place> {
  if (list === "") return;
  const seen = new Set<string>();
  for (const text of list.split(via === "library-path" ? /[:;]/ : ":")) {
    const folder = folderOfElement(context, carrier, text);
    if (typeof folder !== "string") {
      yield { via, folderText: text, folder: null, paths: [], reason: folder.reason };
    } else if (folder !== "" && !seen.has(folder)) {
      seen.add(folder);
      yield inFolder(context.settings, folder, text, name, via);
    }
  }
}

/** The folder that an element means, "" for one that vanishes when its tokens are replaced. */
function folderOfElement(
  context: SearchContext,
  carrier: LoadedObject,
  text: string,
): string | { readonly reason: SkipReason } {
  const expanded = expand(context, carrier, text);
  if ("discarded" in expanded) return { reason: expanded.discarded };
  const folder = expanded.text.replace(/(?<=.)\/+$/, "");
  if (folder.startsWith("/")) return folder;
  if (folder === "" && text !== "") return "";
  const start = context.settings.workingDirectory ?? null;
  if (start === null) return { reason: "working-directory" };
  return folder === "" ? start : join(start, folder);
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

function inFolder(settings: LoaderSettings, folder: string, folderText: string, name: string, via: Via): Place {
  const better = (settings.hwcaps ?? []).map((hwcap) => join(folder, `glibc-hwcaps/${hwcap}/${name}`));
  return { via, folderText, folder, paths: [...better, join(folder, name)], reason: null };
}

const byName = new WeakMap<readonly CacheEntry[], Map<string, CacheEntry[]>>();

/** The cache's answer: one path, the first entry of the ABI that the processor can use. */
function* inCache(context: SearchContext, name: string, noDefaults: boolean): Generator<Place> {
  const { cache = null, hwcaps = [] } = context.settings;
  const place = { via: "cache", folderText: null, folder: null } as const;
  if (cache === "unknown") yield { ...place, paths: [], reason: "unknown" };
  if (cache === "unknown" || cache === null) return;
  const mine = entriesOf(cache, name).filter((entry) => isOfAbi(entry, context.abi));
  for (const entry of mine) {
    if (entry.hwcap !== null && !hwcaps.includes(entry.hwcap))
      yield { ...place, paths: [entry.path], reason: "hwcaps" };
  }
  const usable = mine.filter((entry) => entry.hwcap === null || hwcaps.includes(entry.hwcap));
  const best = hwcaps
    .map((hwcap) => usable.find((entry) => entry.hwcap === hwcap))
    .find((entry) => entry !== undefined);
  const entry = best ?? usable.find((one) => one.hwcap === null);
  if (entry === undefined) return;
  if (noDefaults && defaultFolders(context.abi).some((folder) => entry.path.startsWith(`${folder}/`))) return;
  yield { ...place, paths: [entry.path], reason: null };
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
