import { Allowance, type Pool } from "../base/allowance.ts";
import { decodeName } from "../base/names.ts";
import { basename } from "../base/paths.ts";
import type { Steps } from "../base/steps.ts";
import type { ElfFacts } from "../elf/facts.ts";
import { readLoaderConf } from "../loader/conf.ts";
import { preloadOfFile } from "../loader/preload.ts";
import { isSearchedText } from "../snapshot/library-names.ts";
import { pythonPaths } from "../snapshot/python-modules.ts";
import { interpreterPaths, isShellScript } from "../snapshot/shebang.ts";
import type { LookRequest } from "../snapshot/snapshot.ts";
import { resolveInImage } from "./resolve.ts";
import {
  CAPABILITY_FOLDERS,
  cachedFolders,
  DEFAULT_FOLDERS,
  LOCAL_FOLDERS,
  namedFiles,
  PROGRAM_FOLDERS,
  searchPathFolders,
  TRIPLET,
  TRIPLET_PARENTS,
} from "./search-folders.ts";
import type { Tracker } from "./tracker.ts";
import { entriesOf, trackerView } from "./tracker-view.ts";

export const MAX_CONF = 64 * 1024;
export const MAX_CACHE = 16 * 1024 * 1024;
export const MAX_FOLDERS = 10_000;
/** Cross compilers for all of Debian's architectures are about thirty. */
const MAX_TRIPLETS = 64;
/** Folders of search paths and files named by paths, there or not: of each file, and of all that take more. */
const OWN_NAMED_PATHS = 100;
export const MAX_NAMED_PATHS = 100_000;
const CAPABILITIES: ReadonlySet<string> = new Set(CAPABILITY_FOLDERS);
/** The loader's configuration among the artifacts, as the source of a regular expression. */
export const CONF_FILE = "/(?:ld\\.so\\.conf|ld\\.so\\.preload|ld\\.so\\.conf\\.d/[^/]*\\.conf)(?![\\s\\S])";
const CONF = new RegExp(CONF_FILE);
const TRIPLET_FOLDER = new RegExp(`/(${TRIPLET})$`);

/** An ELF file among the artifacts. */
export interface ElfArtifact {
  readonly path: string;
  readonly facts: ElfFacts;
}

/**
 * Decides what belongs to a snapshot: the artifacts, the folders in which the loader may look, what these lead to.
 * Runs over whatever has been observed; what is missing stands in the tracker's misses afterwards.
 */
export class Closure {
  readonly elfArtifacts: ElfArtifact[] = [];
  /** Scripts for a shell among the artifacts. */
  readonly shellScripts = new Set<string>();
  /** Files among the artifacts that may be texts, scripts among them. */
  readonly texts = new Set<string>();
  /** Paths whose owner matters. */
  readonly owned = new Set<string>();
  osRelease: string | null = null;
  loaderCache: Uint8Array | null = null;
  /** Names and paths in /etc/ld.so.preload. */
  preloaded: readonly string[] = [];
  readonly #tracker: Tracker;
  readonly #resolved = new Map<string, string | null>();
  readonly #folders = new Set<string>();
  readonly #triplets = new Set<string>();
  readonly #examined = new Set<string>();
  readonly #pending: ElfArtifact[] = [];
  readonly #namedPaths: Pool = { left: MAX_NAMED_PATHS };

  constructor(tracker: Tracker) {
    this.#tracker = tracker;
  }

  *look(request: LookRequest): Steps<void> {
    this.#tracker.lstat("/");
    for (const path of request.artifactPaths) yield* this.#artifact(path);
    yield* this.#libraryFolders();
    for (const folder of request.folders) yield* this.#libraryFolder(folder);
    for (const path of request.paths) {
      this.owned.add(path);
      this.visit(path);
    }
    this.osRelease = this.#text("/etc/os-release");
    yield* this.followSearchPaths();
  }

  /** Resolves a path; the file at its end is examined, and its owner and that of each link on the way matter. */
  visit(path: string): string | null {
    const known = this.#resolved.get(path);
    if (known !== undefined) return known;
    const { real, links } = resolveInImage(this.#tracker, path);
    this.#resolved.set(path, real);
    for (const link of links) this.owned.add(link);
    if (real !== null && this.#typeOf(real) === "file") {
      this.owned.add(real);
      this.#examine(real);
    }
    return real;
  }

  /** Lists the folders and examines the files that all files seen until now name by paths, and so on from there. */
  *followSearchPaths(): Steps<void> {
    for (let next = this.#pending.pop(); next !== undefined; next = this.#pending.pop()) {
      yield;
      const allowance = new Allowance(OWN_NAMED_PATHS, this.#namedPaths);
      const isNew = (path: string): boolean => !this.#resolved.has(path);
      for (const folder of searchPathFolders(next.facts, next.path, this.#triplets)) {
        if (isNew(folder) && !allowance.spend(1)) break;
        yield* this.#libraryFolder(folder);
      }
      for (const file of namedFiles(next.facts, next.path, this.#triplets)) {
        if (isNew(file) && !allowance.spend(1)) break;
        this.visit(file);
      }
      if (allowance.isSpent)
        this.#tracker.unreadable.set(next.path, "it names, with the files before it, too many paths of libraries");
    }
  }

  *#artifact(path: string): Steps<void> {
    const root = this.visit(path);
    if (root === null) yield* this.#whatIsNear(path);
    const queue = root === null ? [] : [root];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      yield;
      const type = this.#typeOf(next);
      if (type === "directory") for (const entry of yield* this.#entries(next)) queue.push(entry);
      else if (type === "symlink") this.visit(next);
      else if (type === "file") queue.push(...this.#artifactFile(next));
    }
  }

  /** For the message: the entries of the nearest folder that is there. */
  *#whatIsNear(path: string): Steps<void> {
    for (let near = path; near !== "/" && near !== ""; ) {
      near = near.slice(0, near.lastIndexOf("/")) || "/";
      const real = this.visit(near);
      if (real === null) continue;
      if (this.#typeOf(real) === "directory") yield* this.#entries(real);
      return;
    }
  }

  /** @returns the directory of its members, if it is an archive */
  #artifactFile(path: string): readonly string[] {
    const size = this.#sizeOf(path);
    const isConf = CONF.test(path);
    const content = this.#examine(path);
    // After the examination, whose ranges it replaces.
    if (isConf) this.#tracker.keepWhole(path, size, MAX_CONF);
    const inside = this.#tracker.facts.get(path)?.inside !== undefined;
    const isText = content.kind === "not-elf" || content.kind === "script";
    if (isText && !inside && isSearchedText(path, size)) this.texts.add(path);
    if (content.kind === "not-elf") {
      const folder = this.#tracker.openArchive(path, size);
      return folder === null ? [] : [folder];
    }
    if (!inside) {
      this.#tracker.examineUnloaded(path, size, content);
      this.owned.add(path);
    }
    if (content.kind === "script") {
      this.#interpreters(interpreterPaths(content.head));
      if (isShellScript(content.head) && !inside) this.shellScripts.add(path);
    }
    if (content.kind !== "elf") return [];
    // Nobody can ask about what is not there.
    if (!inside) this.elfArtifacts.push({ path, facts: content.facts });
    this.#interpreters(pythonPaths(path));
    if (content.facts.interpreter !== null) this.#interpreters([content.facts.interpreter]);
    return [];
  }

  #interpreters(paths: readonly string[]): void {
    for (const path of paths) {
      this.owned.add(path);
      this.visit(path);
    }
  }

  #examine(path: string) {
    const content = this.#tracker.examine(path, this.#sizeOf(path));
    if (content.kind === "elf" && !this.#examined.has(path)) {
      this.#examined.add(path);
      this.#pending.push({ path, facts: content.facts });
    }
    return content;
  }

  *#libraryFolders(): Steps<void> {
    for (const path of [...PROGRAM_FOLDERS, ...DEFAULT_FOLDERS]) this.visit(path);
    for (const parent of TRIPLET_PARENTS) {
      const real = this.visit(parent);
      if (real === null || this.#typeOf(real) !== "directory") continue;
      for (const entry of yield* this.#entries(real)) {
        const name = TRIPLET_FOLDER.exec(entry)?.[1];
        const isTriplet = name !== undefined && this.#typeOf(entry) === "directory";
        if (isTriplet && this.#triplets.size < MAX_TRIPLETS) this.#triplets.add(name);
      }
    }
    const ofTriplets = [...this.#triplets].flatMap((name) => TRIPLET_PARENTS.map((parent) => `${parent}/${name}`));
    const folders = [...DEFAULT_FOLDERS, ...LOCAL_FOLDERS, ...ofTriplets];
    for (const folder of [...folders, ...this.#confFolders()]) yield* this.#libraryFolder(folder);
    this.preloaded = preloadOfFile(this.#conf("/etc/ld.so.preload") ?? "").map(({ name }) => name);
    for (const name of this.preloaded) if (name.includes("/")) this.visit(`/${name}`);
    this.loaderCache = this.#bytes("/etc/ld.so.cache", MAX_CACHE);
    if (this.loaderCache !== null) yield* this.#cachedFolders(this.loaderCache);
  }

  *#cachedFolders(cache: Uint8Array): Steps<void> {
    const folders = cachedFolders(cache);
    for (const folder of folders.slice(0, MAX_FOLDERS)) yield* this.#libraryFolder(folder);
    if (folders.length > MAX_FOLDERS)
      this.#tracker.unreadable.set("/etc/ld.so.cache", `it names more than ${MAX_FOLDERS} folders`);
  }

  /** A folder in which the loader may look, with its glibc-hwcaps folders (ld.so(8), "Hardware capabilities"). */
  *#libraryFolder(path: string): Steps<void> {
    yield;
    const real = this.visit(path);
    if (real === null || this.#typeOf(real) !== "directory" || this.#folders.has(real)) return;
    if (this.#folders.size >= MAX_FOLDERS) {
      this.#tracker.unreadable.set(real, `not inspected: more than ${MAX_FOLDERS} library folders`);
      return;
    }
    this.#folders.add(real);
    for (const entry of yield* this.#entries(real)) {
      yield;
      const type = this.#typeOf(entry);
      if (type === "symlink") this.visit(entry);
      else if (type === "file") {
        this.owned.add(entry);
        if (!/\.[ao]$/.test(entry)) this.#examine(entry);
      } else if (type === "directory" && entry.endsWith("/glibc-hwcaps")) {
        for (const folder of [entry, ...(yield* this.#entries(entry))]) yield* this.#libraryFolder(folder);
      } else if (type === "directory" && CAPABILITIES.has(basename(entry))) yield* this.#libraryFolder(entry);
    }
  }

  /** The folders of ld.so.conf and of the files that it includes. */
  #confFolders(): readonly string[] {
    const view = trackerView(this.#tracker);
    const { folders } = readLoaderConf(view, ({ path }) => this.#conf(path));
    return folders.filter((folder) => folder.startsWith("/"));
  }

  /** Text of the loader's configuration, which is kept whole. */
  #conf(path: string): string | null {
    const real = this.visit(path);
    if (real === null || this.#typeOf(real) !== "file") return null;
    const bytes = this.#tracker.keepWhole(real, this.#sizeOf(real), MAX_CONF);
    return bytes === null ? null : decodeName(bytes);
  }

  #text(path: string): string | null {
    const bytes = this.#bytes(path, MAX_CONF);
    return bytes === null ? null : decodeName(bytes);
  }

  #bytes(path: string, most: number): Uint8Array | null {
    const real = this.visit(path);
    if (real === null || this.#typeOf(real) !== "file") return null;
    return this.#tracker.whole(real, this.#sizeOf(real), most);
  }

  #entries(folder: string): Steps<readonly string[]> {
    return entriesOf(this.#tracker, folder);
  }

  #typeOf(path: string) {
    return this.#tracker.facts.get(path)?.type ?? null;
  }

  #sizeOf(path: string): number {
    return this.#tracker.facts.get(path)?.size ?? 0;
  }
}
