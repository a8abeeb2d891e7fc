import type { Allowance } from "../base/allowance.ts";
import type { ViewEntry } from "../snapshot/view.ts";
import type { CacheEntry } from "./cache.ts";

/** What, beside the files, decides where the loader looks. */
export interface LoaderSettings {
  /** LD_LIBRARY_PATH as it stands, or null. */
  readonly libraryPath?: string | null;
  /** What is loaded before all needs, in order (see `preload.ts`). */
  readonly preload?: readonly PreloadItem[];
  /** Secure-execution mode (ld.so(8)): the program is setuid, setgid or has capabilities. */
  readonly secure?: boolean;
  /** The entries of ld.so.cache in its order; null where there is no cache, "unknown" where nobody looked. */
  readonly cache?: readonly CacheEntry[] | null | "unknown";
  /** The names of the glibc-hwcaps subfolders that the processor has, best first; none by default. */
  readonly hwcaps?: readonly string[];
  /** Where the program is started: what empty and relative elements of search paths mean. Null: not known. */
  readonly workingDirectory?: string | null;
  /** `$PLATFORM`; by default the usual one of the program's machine. */
  readonly platform?: string;
  /**
   * `$ORIGIN` of the program itself where it is started by a link: `real`, the folder of what the link leads to, as
   * the kernel says it (/proc/self/exe), or `given`, the folder of the link, as the loader had it when it was run by
   * hand, and so ldd, until it was made to agree (glibc bug 25263). A shared object in the program's place always has
   * the folder by which it is opened.
   */
  readonly programOrigin?: "real" | "given";
  /** True where the needs of a found library are of no interest (because a package brings them). */
  readonly stopAt?: (entry: ViewEntry) => boolean;
  /** Paths or names of what the program opens later, with dlopen(3). */
  readonly opened?: readonly string[];
  /** A library that is in memory already is told for the first that asks for it alone. */
  readonly firstOnly?: boolean;
  /** What the search may cost, in steps; a program for which that is not enough is given up. */
  readonly allowance?: Allowance;
}

export interface PreloadItem {
  readonly name: string;
  readonly from: "LD_PRELOAD" | "ld.so.preload";
}

/** How a library was found. */
export type Via = "loaded" | "rpath" | "library-path" | "runpath" | "cache" | "default" | "path" | "preload" | "opened";

/** Why a candidate, or a place to look in, was passed over. */
export type SkipReason =
  /** The loader goes on: another class, machine or ABI (hard and soft float, ELFv1 and v2). */
  | "class"
  | "machine"
  | "abi"
  /** The loader goes on, but only because this processor was said to lack these capabilities. */
  | "hwcaps"
  /** The place was never looked at. */
  | "unknown"
  /** An empty or relative element, and the working directory is not known. */
  | "working-directory"
  /** An element with `$PLATFORM`, which is not known. */
  | "platform"
  /** The search had more steps than it may have. */
  | "limit"
  /** Secure-execution mode forbids it. */
  | "secure"
  /** The loader opens this one and fails: nothing is searched behind it. */
  | "byte-order"
  | "not-elf"
  | "not-a-file"
  | "not-loadable"
  | "executable"
  | "no-dynamic-section"
  | "damaged";

export interface Skipped {
  readonly path: string;
  readonly reason: SkipReason;
}
