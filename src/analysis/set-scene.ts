import { runtimeEnv } from "../dockerfile/make-plan.ts";
import type { BuildPlan, CopyMapping } from "../dockerfile/plan.ts";
import { realPathOf } from "../loader/candidate.ts";
import { preloadOfEnvironment, preloadOfFile } from "../loader/preload.ts";
import { emptyView, snapshotView } from "../loader/snapshot-view.ts";
import type { FileSystemView } from "../loader/view.ts";
import { artifactFiles } from "./artifact-files.ts";
import { textOfFile } from "./destination-cache.ts";
import { releaseOf } from "./distribution.ts";
import { type LookedAtImage, openImage } from "./image.ts";
import type { AnalysisInput, LookedAtBuilder } from "./input.ts";
import { loaderAnswers } from "./loader-answers.ts";
import { type Placed, place } from "./placements.ts";
import type { BuilderScene, Scene } from "./scene.ts";

/** Opens the snapshots and lays the artifacts out; asks nothing yet. */
export function setScene(input: AnalysisInput): Scene {
  const base = input.base.source === "image" ? openImage(input.base.snapshot, "base") : null;
  const images = input.builders.map(({ snapshot }) => openImage(snapshot, "builder"));
  const baseView = base?.view ?? linksOnly(images[0]);
  const builders = input.builders.map((builder, index) => setBuilder(input, builder, index, images[index] ?? openImage(builder.snapshot, "builder"), baseView));
  const environment = environmentOf(input.plan, base);
  const preloadText = base === null ? null : textOfFile(base, "/etc/ld.so.preload");
  return {
    builders,
    base,
    baseView,
    libraryPath: environment.get("LD_LIBRARY_PATH") || null,
    preload: [
      ...preloadOfEnvironment(environment.get("LD_PRELOAD") ?? ""),
      ...preloadOfFile(preloadText ?? ""),
    ],
    architecture: base?.architecture || images[0]?.architecture || "",
    crossRelease: base !== null && images.some((image) => !sameRelease(image, base)),
  };
}

function setBuilder(input: AnalysisInput, builder: LookedAtBuilder, index: number, image: LookedAtImage, baseView: FileSystemView): BuilderScene {
  const stage = builder.stage;
  const mappings = input.plan === null ? input.mappings : input.plan.copies.filter((mapping) => mapping.stage === stage?.index);
  // Without a runtime stage nobody has decided when ldconfig runs; the note on it says that it must.
  const free = input.plan?.runtime == null;
  const placed = settle(mappings.map((mapping) => (free || mapping.assumed ? { ...mapping, ldconfigAfter: true } : mapping)), image, baseView);
  const destinations = new Map<string, string[]>();
  for (const { from, to } of placed) destinations.set(from, [...(destinations.get(from) ?? []), to]);
  const roots = rootsOf(input, builder, image);
  const isArtifact = (path: string): boolean =>
    roots.some((root) => path === root || path.startsWith(root === "/" ? "/" : `${root}/`)) && isAsked(input, path, destinations);
  return {
    index,
    stage: stage === null ? null : (stage.name ?? String(stage.index)),
    image,
    answers: loaderAnswers(builder.snapshot),
    files: artifactFiles(image, isArtifact),
    placed,
    destinations,
  };
}

/** What a COPY brings; a mapping of the command line counts for its source in place of the Dockerfile's. */
function settle(mappings: readonly CopyMapping[], image: LookedAtImage, baseView: FileSystemView): Placed[] {
  const placed = mappings.flatMap((mapping) => place(mapping, image, baseView));
  const explicit = new Set(placed.filter(({ mapping }) => mapping.explicit).map(({ from }) => from));
  return placed.filter(({ from, mapping }) => mapping.explicit || !explicit.has(from));
}

/** The artifact paths of a builder, links at their end followed as COPY follows them. */
function rootsOf(input: AnalysisInput, { snapshot }: LookedAtBuilder, image: LookedAtImage): string[] {
  return snapshot.artifactPaths.map((path) => {
    const found = realPathOf(image.view, path);
    return found.status === "found" ? found.path : path;
  });
}

/** Without artifacts named by hand only what is copied is asked about: a wildcard's folder has other files too. */
function isAsked(input: AnalysisInput, path: string, destinations: ReadonlyMap<string, unknown>): boolean {
  const { plan } = input;
  if (plan === null || plan.artifacts.some(({ explicit }) => explicit)) return isExplicit(input, path);
  return destinations.has(path);
}

function isExplicit({ plan }: AnalysisInput, path: string): boolean {
  if (plan === null) return true;
  return plan.artifacts.some(({ path: root }) => root === "/" || path === root || path.startsWith(`${root}/`));
}

function environmentOf(plan: BuildPlan | null, base: LookedAtImage | null): Map<string, string> {
  const own = Object.fromEntries((base?.snapshot.image.env ?? []).map((text) => splitVariable(text)));
  const values = plan === null ? new Map(Object.entries(own)) : runtimeEnv(plan, own);
  return new Map([...values].flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
}

function splitVariable(text: string): [string, string] {
  const equals = text.indexOf("=");
  return equals < 0 ? [text, ""] : [text.slice(0, equals), text.slice(equals + 1)];
}

/** PATH of the runtime stage, Docker's own default where nothing sets it. */
export function pathFolders(plan: BuildPlan | null, base: LookedAtImage | null): string[] {
  const path = environmentOf(plan, base).get("PATH") ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  return path.split(":").filter((folder) => folder.startsWith("/"));
}

function sameRelease(a: LookedAtImage, b: LookedAtImage): boolean {
  const [one, other] = [releaseOf(a.snapshot), releaseOf(b.snapshot)];
  return one === null || other === null || (one.id === other.id && one.versionId === other.versionId && one.codename === other.codename);
}

/** Where nothing is known of the base, its top-level links are those of the builder: /usr is merged there as here. */
function linksOnly(image: LookedAtImage | undefined): FileSystemView {
  if (image === undefined) return emptyView;
  const files = image.snapshot.files.filter(({ path, type }) => type === "symlink" && path.lastIndexOf("/") === 0);
  const links = snapshotView({ files, listed: ["/"] }, "base");
  return {
    lstat: (path) => {
      const seen = links.lstat(path);
      return seen === "unknown" ? "absent" : seen;
    },
    list: (path) => links.list(path) ?? [],
  };
}
