import { decodeName } from "../base/names.ts";
import type { ElfFacts } from "../elf/facts.ts";
import { parseLoaderConf } from "../loader/conf.ts";
import { preloadOfFile } from "../loader/preload.ts";
import { nameOf } from "../snapshot/path.ts";
import { pythonPaths } from "../snapshot/python-modules.ts";
import { interpreterPaths, isShellScript } from "../snapshot/shebang.ts";
import type { LookRequest } from "../snapshot/snapshot.ts";
import { childOf } from "./observations.ts";
import { isMadeByEngine, isMounted, resolvePath } from "./resolve.ts";
import { CAPABILITY_FOLDERS, cachedFolders, includePattern, namedFiles, searchPathFolders } from "./search-folders.ts";
import type { Tracker } from "./tracker.ts";

const MOST_CONF = 64 * 1024;
const MOST_CACHE = 16 * 1024 * 1024;
const MOST_FOLDERS = 10_000;
const MOST_INCLUDES = 8;
const CAPABILITIES: ReadonlySet<string> = new Set(CAPABILITY_FOLDERS);
const DEFAULT_FOLDERS = ["lib", "lib64", "lib32", "libx32"].flatMap((name) => [`/${name}`, `/usr/${name}`]);

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

  constructor(tracker: Tracker) {
    this.#tracker = tracker;
  }

  look(request: LookRequest): void {
    this.#tracker.lstat("/");
    for (const path of request.artifactPaths) this.#artifact(path);
    this.#libraryFolders();
    for (const folder of request.folders) this.#libraryFolder(folder);
    for (const path of request.paths) {
      this.owned.add(path);
      this.visit(path);
    }
    this.osRelease = this.#text("/etc/os-release");
    this.followSearchPaths();
  }

  /** Resolves a path; the file at its end is examined, and its owner and that of each link on the way matter. */
  visit(path: string): string | null {
    const known = this.#resolved.get(path);
    if (known !== undefined) return known;
    const { real, links } = resolvePath(this.#tracker, path);
    this.#resolved.set(path, real);
    for (const link of links) this.owned.add(link);
    if (real !== null && this.#typeOf(real) === "file") {
      this.owned.add(real);
      this.#examine(real);
    }
    return real;
  }

  /** Lists the folders and examines the files that all files seen until now name by paths, and so on from there. */
  followSearchPaths(): void {
    for (let next = this.#pending.shift(); next !== undefined; next = this.#pending.shift()) {
      for (const folder of searchPathFolders(next.facts, next.path, this.#triplets)) this.#libraryFolder(folder);
      for (const file of namedFiles(next.facts, next.path, this.#triplets)) this.visit(file);
    }
  }

  #artifact(path: string): void {
    const root = this.visit(path);
    if (root === null) this.#whatIsNear(path);
    const queue = root === null ? [] : [root];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const type = this.#typeOf(next);
      if (type === "directory") queue.push(...this.#entries(next));
      else if (type === "symlink") this.visit(next);
      else if (type === "file") this.#artifactFile(next);
    }
  }

  /** For the message: the entries of the nearest folder that is there. */
  #whatIsNear(path: string): void {
    for (let near = path; near !== "/" && near !== ""; ) {
      near = near.slice(0, near.lastIndexOf("/")) || "/";
      const real = this.visit(near);
      if (real === null) continue;
      if (this.#typeOf(real) === "directory") this.#entries(real);
      return;
    }
  }

  #artifactFile(path: string): void {
    const size = this.#sizeOf(path);
    const isConf = /\/(?:ld\.so\.conf|ld\.so\.preload|ld\.so\.conf\.d\/[^/]*\.conf)$/.test(path);
    const content = this.#examine(path);
    // After the examination, whose ranges it replaces.
    if (isConf) this.#tracker.keepWhole(path, size, MOST_CONF);
    if (content.kind === "not-elf") return;
    this.owned.add(path);
    if (content.kind === "script") {
      this.#interpreters(interpreterPaths(content.head));
      if (isShellScript(content.head)) this.shellScripts.add(path);
    }
    if (content.kind !== "elf") return;
    this.elfArtifacts.push({ path, facts: content.facts });
    this.#interpreters(pythonPaths(path));
    if (content.facts.interpreter !== null) this.#interpreters([content.facts.interpreter]);
  }

  #interpreters(paths: readonly string[]): void {
    for (const path of paths) {
      this.owned.add(path);
      this.visit(path);
    }
  }

  #examine(path: string) {
    const content = this.#tracker.examine(path, this.#sizeOf(path));
    if (!this.#examined.has(path)) {
      this.#examined.add(path);
      if (content.kind === "elf") this.#pending.push({ path, facts: content.facts });
    }
    return content;
  }

  #libraryFolders(): void {
    for (const path of ["/bin", "/sbin", "/usr/bin", "/usr/sbin", ...DEFAULT_FOLDERS]) this.visit(path);
    for (const parent of ["/lib", "/usr/lib", "/usr/local/lib"]) {
      const real = this.visit(parent);
      if (real === null || this.#typeOf(real) !== "directory") continue;
      for (const entry of this.#entries(real)) {
        const name = /\/([a-z0-9_]+-linux-[a-z0-9_]+)$/.exec(entry)?.[1];
        if (name !== undefined && this.#typeOf(entry) === "directory") this.#triplets.add(name);
      }
    }
    const ofTriplets = [...this.#triplets].flatMap((t) => [`/lib/${t}`, `/usr/lib/${t}`, `/usr/local/lib/${t}`]);
    const folders = [...DEFAULT_FOLDERS, "/usr/local/lib", "/usr/local/lib64", ...ofTriplets];
    for (const folder of [...folders, ...this.#confFolders("/etc/ld.so.conf", 0)]) this.#libraryFolder(folder);
    this.preloaded = preloadOfFile(this.#conf("/etc/ld.so.preload") ?? "").map(({ name }) => name);
    for (const name of this.preloaded) if (name.includes("/")) this.visit(`/${name}`);
    this.loaderCache = this.#bytes("/etc/ld.so.cache", MOST_CACHE);
    if (this.loaderCache !== null) for (const folder of cachedFolders(this.loaderCache)) this.#libraryFolder(folder);
  }

  /** A folder in which the loader may look, with its glibc-hwcaps folders (ld.so(8), "Hardware capabilities"). */
  #libraryFolder(path: string): void {
    const real = this.visit(path);
    if (real === null || this.#typeOf(real) !== "directory" || this.#folders.has(real)) return;
    if (this.#folders.size >= MOST_FOLDERS) {
      this.#tracker.unreadable.set(real, `not looked at: more than ${MOST_FOLDERS} library folders`);
      return;
    }
    this.#folders.add(real);
    for (const entry of this.#entries(real)) {
      const type = this.#typeOf(entry);
      if (type === "symlink") this.visit(entry);
      else if (type === "file") {
        this.owned.add(entry);
        if (!/\.[ao]$/.test(entry)) this.#examine(entry);
      } else if (type === "directory" && entry.endsWith("/glibc-hwcaps")) {
        for (const folder of [entry, ...this.#entries(entry)]) this.#libraryFolder(folder);
      } else if (type === "directory" && CAPABILITIES.has(nameOf(entry))) this.#libraryFolder(entry);
    }
  }

  #confFolders(path: string, depth: number): string[] {
    const text = this.#conf(path);
    if (text === null || depth > MOST_INCLUDES) return [];
    return parseLoaderConf(text).flatMap(({ include, folder }) => [
      ...include.flatMap((pattern) => this.#included(pattern)).flatMap((file) => this.#confFolders(file, depth + 1)),
      ...(folder === null ? [] : [folder]),
    ]);
  }

  #included(pattern: string): readonly string[] {
    const absolute = pattern.startsWith("/") ? pattern : childOf("/etc", pattern);
    const glob = includePattern(absolute);
    if (glob === null) return [absolute];
    const folder = this.visit(glob.folder);
    if (folder === null || this.#typeOf(folder) !== "directory") return [];
    return this.#entries(folder).filter((entry) => glob.matches(entry));
  }

  /** Text of the loader's configuration, which is kept whole. */
  #conf(path: string): string | null {
    const real = this.visit(path);
    if (real === null || this.#typeOf(real) !== "file") return null;
    const bytes = this.#tracker.keepWhole(real, this.#sizeOf(real), MOST_CONF);
    return bytes === null ? null : decodeName(bytes);
  }

  #text(path: string): string | null {
    const bytes = this.#bytes(path, MOST_CONF);
    return bytes === null ? null : decodeName(bytes);
  }

  #bytes(path: string, most: number): Uint8Array | null {
    const real = this.visit(path);
    if (real === null || this.#typeOf(real) !== "file") return null;
    return this.#tracker.whole(real, this.#sizeOf(real), most);
  }

  #entries(folder: string): readonly string[] {
    if (isMounted(folder)) return [];
    return this.#tracker.list(folder, (entry) => !isMounted(entry) && !isMadeByEngine(entry));
  }

  #typeOf(path: string) {
    return this.#tracker.facts.get(path)?.type ?? null;
  }

  #sizeOf(path: string): number {
    return this.#tracker.facts.get(path)?.size ?? 0;
  }
}
