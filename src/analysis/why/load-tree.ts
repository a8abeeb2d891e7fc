import { aptWord } from "../../debian/words.ts";
import { type LibraryResult, type Resolution, resolveProgram } from "../../loader/resolve.ts";
import { ARCHIVE } from "../archive.ts";
import { describeLibrary } from "../artifacts.ts";
import { isOpened } from "../chains.ts";
import type { Destination } from "../destination.ts";
import { openInBuilder } from "../dlopen.ts";
import type { Need } from "../library-status.ts";
import type { LibraryStatus } from "../model.ts";
import { nameOfProvided, type SonameLookup } from "../package-names.ts";
import type { Provision } from "../provision.ts";
import type { ResolvedArtifact } from "../resolved.ts";
import { layerOf, type Scene } from "../scene.ts";
import type { StatusOf } from "./evidence.ts";
import type { StoryStatus, TreeNode } from "./model.ts";

/** What is the same for the trees of all artifacts. */
export interface TreeContext {
  readonly scene: Scene;
  readonly destination: Destination;
  readonly provision: Provision;
  readonly lookup: SonameLookup;
  readonly inBase: (key: string) => boolean;
  readonly statusOf: StatusOf;
}

/** A node whose own needs are still to come. */
type Draft = Omit<TreeNode, "needs"> & { readonly needs: Draft[] };

/** Who asks next: a file of ours, one behind a package in the runtime stage, or one that only the builder has yet. */
interface Asker {
  readonly side: "ours" | "runtime" | "builder";
  readonly path: string;
}

interface Step {
  readonly node: Draft;
  /** Null where nothing is known of what it loads, or nothing is there. */
  readonly next: Asker | null;
}

/**
 * All that one artifact loads, breadth first, so that every library is gone into where it comes first. As far as files
 * of ours ask, it is what the answer was made from. Behind a package's library it goes on by the loader's rules: over
 * the runtime stage, and for what apt has yet to bring there, over the builder.
 */
export function loadTree(artifact: ResolvedArtifact, needs: readonly Need[], context: TreeContext): TreeNode[] {
  const walk = new Walk(artifact, needs, context);
  const top: Draft[] = [];
  const queue: { readonly into: Draft[]; readonly asker: Asker }[] = [
    { into: top, asker: { side: "ours", path: artifact.path } },
  ];
  const seen = new Set<string>();
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    for (const { node, next } of walk.steps(at.asker)) {
      const identity = next === null ? null : `${next.side === "builder"}\0${node.realPath ?? next.path}`;
      const repeated = identity !== null && seen.has(identity);
      const placed = { ...node, repeated };
      at.into.push(placed);
      if (next === null || identity === null || repeated) continue;
      seen.add(identity);
      queue.push({ into: placed.needs, asker: next });
    }
  }
  return top;
}

/** The loader's answers for one artifact, in the order in which they are wanted. */
class Walk {
  readonly #artifact: ResolvedArtifact;
  readonly #needs: readonly Need[];
  readonly #context: TreeContext;
  readonly #ours: ReadonlySet<string>;
  #deep: Resolution | null = null;
  #builder: Resolution | null = null;

  constructor(artifact: ResolvedArtifact, needs: readonly Need[], context: TreeContext) {
    this.#artifact = artifact;
    this.#needs = needs;
    this.#context = context;
    this.#ours = new Set(artifact.ours.map(({ path }) => path));
  }

  steps({ side, path }: Asker): Step[] {
    if (side === "ours") return this.#needsOf(path).map((need) => this.#ofNeed(need));
    const runtime = this.#deepResolution().libraries;
    if (side === "runtime") return runtime.filter((one) => one.requiredBy === path).map((one) => this.#inRuntime(one));
    const asked = this.#builderResolution().libraries.filter((one) => one.requiredBy === path);
    return asked.map((result) => {
      // What the program has in memory there already is what it will get.
      const there = runtime.find(({ soname, entry }) => soname === result.soname && entry !== null);
      return there === undefined ? this.#inBuilder(result) : this.#inRuntime(there);
    });
  }

  /** The needs of one file, in its order. One that another file had before is told there alone. */
  #needsOf(path: string): Need[] {
    const own = new Map<string, Need>();
    for (const need of this.#needs) if (need.result.requiredBy === path) own.set(need.result.soname, need);
    const { facts = null } = this.#artifact.ours.find((object) => object.path === path) ?? {};
    const names = new Set([...(facts?.needed ?? []), ...own.keys()]);
    return [...names].flatMap((name) => own.get(name) ?? this.#first(name) ?? []);
  }

  #first(name: string): Need | undefined {
    const need = this.#needs.find(({ result }) => result.soname === name && result.status === "found");
    return need === undefined ? undefined : { ...need, result: { ...need.result, skipped: [] } };
  }

  #ofNeed(need: Need): Step {
    const { scene, lookup, inBase } = this.#context;
    const { soname, path, builderPath, status, package: word, via, searchPath } = toTree(need, scene, lookup, inBase);
    const { result, provided } = need;
    const node = this.#node(soname, {
      ...{
        path,
        realPath: provided?.realSource ?? result.realPath,
        builderPath,
        via,
        searchPath,
        skipped: result.skipped,
        status,
      },
      ...{ kind: isOpened(need) ? "dlopen" : "needed", image: "runtime", package: word },
      packageStatus: word === null ? null : this.#context.statusOf(word),
    });
    if (path === null || result.entry === null) return { node, next: null };
    if (this.#ours.has(path)) return { node, next: { side: "ours", path } };
    // Another release has its own build of it, with needs of its own.
    const foreign = provided !== null && provided.builder !== ARCHIVE && need.artifact.builder.crossRelease;
    return { node, next: foreign ? null : { side: "runtime", path } };
  }

  /** Behind a library of a package: found in the runtime stage, else what the builder has under that name. */
  #inRuntime(result: LibraryResult): Step {
    if (result.path === null || result.entry === null) return this.#byName(result);
    const { via, folderText: searchPath } = first(this.#deepResolution(), result);
    const { soname, path, realPath, skipped, entry } = result;
    const { scene, provision, lookup } = this.#context;
    const { kind } = layerOf(entry);
    const provided = kind === "provided" ? provision.at(entry.path) : undefined;
    const name = provided === undefined ? null : nameOfProvided(provided, scene, lookup);
    const key = kind === "base" ? (scene.base?.ownerOf(path).package ?? null) : name?.kind === "key" ? name.key : null;
    const status: LibraryStatus = kind !== "provided" ? kind : key === null ? "unowned" : "package";
    const real = provided?.realSource ?? realPath;
    const found = {
      path,
      realPath: real,
      builderPath: null,
      via,
      searchPath,
      skipped,
      status,
      image: "runtime",
    } as const;
    const next = { side: this.#ours.has(path) ? "ours" : "runtime", path } as const;
    return { node: this.#node(soname, { ...found, ...this.#packageOf(key) }), next };
  }

  #byName(result: LibraryResult): Step {
    const { libraries } = this.#builderResolution();
    const there = libraries.find(({ soname, status }) => soname === result.soname && status === "found");
    return this.#inBuilder(there ?? { ...result, path: null, realPath: null });
  }

  /** Only the builder has it yet: its package's fate says what the runtime stage will have. */
  #inBuilder(result: LibraryResult): Step {
    const { soname, path, realPath, skipped } = result;
    const how = first(this.#builderResolution(), result);
    const { builder } = this.#artifact;
    const found = { path, realPath, builderPath: path, via: path === null ? null : how.via, skipped } as const;
    const key = path === null || builder.crossRelease ? null : builder.image.ownerOf(path).package;
    const owner = this.#packageOf(key);
    const status = path === null && result.status !== "unknown" ? "missing" : libraryStatus(owner.packageStatus);
    const node = this.#node(soname, { ...found, searchPath: how.folderText, image: "builder", status, ...owner });
    return { node, next: path === null ? null : { side: "builder", path } };
  }

  #packageOf(key: string | null): Pick<TreeNode, "package" | "packageStatus"> {
    const word = key === null ? null : aptWord(key, this.#context.scene.architecture);
    return { package: word, packageStatus: word === null ? null : this.#context.statusOf(word) };
  }

  #node(
    name: string,
    facts: Omit<TreeNode, "name" | "kind" | "repeated" | "match" | "needs"> & { kind?: TreeNode["kind"] },
  ): Draft {
    return { name, kind: "needed", ...facts, repeated: false, match: false, needs: [] };
  }

  /** The artifact in the runtime stage, with the needs of what packages bring. */
  #deepResolution(): Resolution {
    const { path, file, choices } = this.#artifact;
    const { view, settings } = this.#context.destination;
    const opened = choices.flatMap(({ soname }) => soname ?? []);
    this.#deep ??= resolveProgram(view, path, { ...settings(file.fact.mode), opened, stopAt: () => false });
    return this.#deep;
  }

  #builderResolution(): Resolution {
    const { builder, file, choices } = this.#artifact;
    this.#builder ??= openInBuilder(
      builder,
      file.fact.path,
      choices.flatMap(({ soname }) => soname ?? []),
    );
    return this.#builder;
  }
}

function toTree(need: Need, scene: Scene, lookup: SonameLookup, inBase: (key: string) => boolean) {
  const { path: builderPath, runtimePath: path, ...library } = describeLibrary(need, scene, lookup, inBase);
  return { ...library, builderPath, path };
}

/** How the loader came to it where that was first. */
function first({ libraries }: Resolution, result: LibraryResult): Pick<LibraryResult, "via" | "folderText"> {
  if (result.via !== "loaded") return result;
  return libraries.find((one) => one.path === result.path && one.via !== "loaded") ?? result;
}

function libraryStatus(status: StoryStatus | null): LibraryStatus {
  if (status === "base") return "base";
  return status === "install" || status === "upgrade" || status === "implied" ? "package" : "unknown";
}
