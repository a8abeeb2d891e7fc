import { basename, dirname } from "../base/paths.ts";
import type { ElfFacts } from "../elf/facts.ts";
import { abiOf, abiOfArchitecture, defaultFolders } from "../loader/machine.ts";
import type { LoadedObject } from "../loader/objects.ts";
import { searchContext } from "../loader/places.ts";
import { type Found, type NotFound, search } from "../loader/search.ts";
import type { LoaderSettings, PreloadItem } from "../loader/settings.ts";
import { realPathOf } from "../snapshot/path.ts";
import type { FileSystemView, ViewEntry } from "../snapshot/view.ts";
import { copyPlace } from "./copy-place.ts";
import type { Destination } from "./destination.ts";
import { misreadHint } from "./missing-hints.ts";
import type { Missing, MissingHint, Reason } from "./model.ts";
import { nameOfProvided, type SonameLookup } from "./package-names.ts";
import type { Provided, Provision } from "./provision.ts";
import { type BuilderScene, layerOf, type Scene } from "./scene.ts";

/** What the runtime stage has the loader map into every program (ld.so(8), LD_PRELOAD and /etc/ld.so.preload). */
export interface PreloadNeed {
  /** The variable or file that says so: it stands where other needs have an artifact. */
  readonly by: "LD_PRELOAD" | "/etc/ld.so.preload";
  readonly name: string;
  readonly path: string | null;
  readonly status: "found" | "missing" | "unknown";
  /** The package to install or the base's, by key; null for a file without one. */
  readonly package: string | null;
  /** A file of the builder that stands for it, or null. */
  readonly provided: Provided | null;
  /** What may help where it is missing. */
  readonly hint: MissingHint | null;
}

/** Provides, once and before all else, what is preloaded, so that every program is resolved with it. */
export function providePreloads(scene: Scene, provision: Provision, there: Destination): void {
  for (const item of scene.preload) {
    if ("opening" in lookFor(item, there.view, there.settings(0), scene)) continue;
    for (const builder of scene.builders) if (provideFrom(item, builder, scene, provision)) break;
  }
}

function provideFrom(item: PreloadItem, builder: BuilderScene, scene: Scene, provision: Provision): boolean {
  const { image, index } = builder;
  const found = lookFor(item, image.view, { cache: image.cache }, scene);
  if (!("opening" in found) || builder.destinations.has(found.opening.realPath)) return false;
  const owner = image.ownerOf(found.path);
  const owned = owner.package !== null;
  const { realPath } = found.opening;
  const path = { path: found.path, realPath, place: () => found.path, byCache: () => found.via === "cache" };
  return provision.add({
    kind: owned ? "package" : "unowned",
    builder: index,
    source: found.path,
    realSource: realPath,
    place: owned && !scene.copyOnly ? found.path : copyPlace(path, basename(item.name), builder, scene),
    soname: item.name,
    owner: owned ? owner : null,
    upgrade: false,
  });
}

/** The verdict on each item, with all that was provided in the end. */
export function preloadNeeds(
  scene: Scene,
  provision: Provision,
  there: Destination,
  lookup: SonameLookup,
): PreloadNeed[] {
  return scene.preload.map((item): PreloadNeed => {
    const by = item.from === "LD_PRELOAD" ? item.from : "/etc/ld.so.preload";
    const found = lookFor(item, there.view, there.settings(0), scene);
    const need = { by, name: item.name, path: null, package: null, provided: null, hint: null } as const;
    if ("opening" in found) return { ...need, ...judge(found.path, found.opening.entry, scene, provision, lookup) };
    return { ...need, ...byName(item, found.status, scene, lookup) };
  });
}

type Verdict = Pick<PreloadNeed, "path" | "status" | "package" | "provided"> & Partial<Pick<PreloadNeed, "hint">>;

function judge(path: string, entry: ViewEntry, scene: Scene, provision: Provision, lookup: SonameLookup): Verdict {
  const { kind } = layerOf(entry);
  if (kind === "base")
    return { path, status: "found", package: scene.base?.ownerOf(path).package ?? null, provided: null };
  const provided = kind === "provided" ? (provision.at(entry.path) ?? null) : null;
  if (provided?.kind !== "package") return { path, status: "found", package: null, provided };
  const name = nameOfProvided(provided, scene, lookup);
  if (name.kind === "key") return { path, status: "found", package: name.key, provided };
  const hint = misreadHint(name);
  return { path, status: name.kind === "unknown" ? "unknown" : "missing", package: null, provided: null, hint };
}

/** The builder hardly has what only the runtime preloads: then the release's table knows the package. */
function byName(item: PreloadItem, status: "missing" | "unknown", scene: Scene, lookup: SonameLookup): Verdict {
  const nowhere = { path: null, provided: null };
  const folders = defaultFolders(abiOfArchitecture(scene.architecture));
  const anywhere = !item.name.includes("/") || folders.includes(dirname(item.name));
  const answer = anywhere ? lookup(basename(item.name)) : null;
  if (scene.copyOnly || answer?.kind !== "packages") {
    return { ...nowhere, status: answer?.kind === "unknown" ? "unknown" : status, package: null };
  }
  const [name] = answer.names;
  const path = item.name.includes("/") ? item.name : null;
  if (name === undefined) return { ...nowhere, status, package: null };
  return { path, provided: null, status: "found", package: `${name}:${scene.architecture}` };
}

/** Looks for an item as the loader does for a program that has no search path of its own. */
function lookFor(item: PreloadItem, view: FileSystemView, settings: LoaderSettings, scene: Scene): Found | NotFound {
  const facts = nativeFacts(scene);
  if (facts === null) return { status: "unknown", skipped: [] };
  const program: LoadedObject = {
    ...{ role: "program", path: "/", realPath: "/", entry: null, facts, origin: "/", loader: null },
    names: new Set<string>(),
  };
  return search(view, searchContext(settings, program, abiOf(facts)), program, item.name);
}

/** What a program of the native architecture is like: its loader is of the same class and machine. */
function nativeFacts({ architecture, base, builders }: Scene): ElfFacts | null {
  const loader = abiOfArchitecture(architecture)?.loader ?? null;
  if (loader === null) return null;
  for (const image of [...(base === null ? [] : [base]), ...builders.map((builder) => builder.image)]) {
    const found = realPathOf(image.view, loader);
    const reading = found.status === "found" ? found.entry?.elf() : undefined;
    if (reading?.kind === "elf") return { ...reading.facts, needed: [], rpath: null, runpath: null };
  }
  return null;
}

/** Their packages by key, each with its reasons. */
export function preloadReasons(needs: readonly PreloadNeed[]): ReadonlyMap<string, readonly Reason[]> {
  const reasons = new Map<string, Reason[]>();
  for (const { by, name, path, package: key } of needs) {
    if (key === null) continue;
    const reason: Reason = { artifact: by, kind: "preload", chain: [{ soname: name, path }] };
    reasons.set(key, [...(reasons.get(key) ?? []), reason]);
  }
  return reasons;
}

/** The loader says so and goes on without it; the stage asks for it all the same. */
export function missingPreloads(needs: readonly PreloadNeed[]): Missing[] {
  return needs.flatMap(({ by, name, status, hint }): Missing[] =>
    status === "found"
      ? []
      : [
          {
            ...{ kind: "library", name, version: null, providedBy: null, hint },
            requiredBy: [by],
            chains: [
              [
                { soname: by, path: null },
                { soname: name, path: null },
              ],
            ],
          },
        ],
  );
}
