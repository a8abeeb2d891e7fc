import type { Examination } from "../analysis/analyze.ts";
import type { Archive } from "../analysis/archive.ts";
import { releaseOf } from "../analysis/distribution.ts";
import type { AnalysisInput } from "../analysis/input.ts";
import { textNames } from "../analysis/library-mentions.ts";
import { basePackages } from "../analysis/packages.ts";
import type { RuntimeBase } from "../analysis/runtime-base.ts";
import { type RuntimeScripts, runtimeScripts } from "../analysis/runtime-scripts.ts";
import { baseImage, basePackages as tablePackages } from "../debian/mappings.ts";
import { type PackageSet, packageSet } from "../debian/packages.ts";
import type { World } from "../debian/resolve.ts";
import { readShlibs } from "../debian/shlibs.ts";
import type { Tables } from "../debian/tables.ts";
import { parseKey } from "../debian/words.ts";
import type { ContextSources } from "../dockerfile/context-sources.ts";
import type { BuildPlan } from "../dockerfile/plan.ts";
import { isDistributionImage, otherDistribution } from "../dockerfile/reference.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { type AuditedRelease, releaseOfImage, releaseOfReference } from "./release.ts";

/** What is known of the runtime base and of packages, beside what the analysis says. */
export interface AuditFacts {
  readonly tables: Tables;
  /** The release that the runtime stage installs from, or null. */
  readonly release: AuditedRelease | null;
  /** The packages of the base, and those whose dependencies are known. */
  readonly world: World;
  /** `proved`: dpkg of the base said so · `declared`: a table does · null: nothing is known of the base's packages. */
  readonly base: { readonly reference: string; readonly known: "proved" | "declared" | null };
  /**
   * The image that the stages below the runtime stage begin with: what their lists are compared with. The same as the base
   * if there are none, or if the base was not built; null if its packages are not known.
   */
  readonly root: Root | null;
  /** All that the base's own sources can have is the distribution's archive. */
  readonly distributionImage: boolean;
  /** What apt in the runtime base said; null where it was not asked. */
  readonly archive: Archive | null;
  /** The distribution without dpkg that the base is of, or null. */
  readonly otherDistribution: string | null;
  /** USER of the base image; null where it is not known. */
  readonly baseUser: string | null;
  /** The releases of builder and runtime base differ: what the builder calls a package says nothing. */
  readonly crossRelease: boolean;
  /** Names of libraries and modules in the artifacts, and in texts of the runtime stage. */
  readonly namedLibraries: ReadonlySet<string>;
  /** Artifacts that can open libraries by name. */
  readonly openers: readonly string[];
  /** What the base image starts by itself; empty where it is not known or nothing. */
  readonly baseCommand: readonly string[];
  /** Packages whose shlibs files the builders have: they ship public libraries. */
  readonly withShlibs: ReadonlySet<string>;
  /** The scripts of the runtime stage, as far as they were read. */
  readonly scripts: RuntimeScripts;
  /** Keys of what the runtime image was seen to have; empty where it is yet to be built. */
  readonly installed: ReadonlySet<string>;
  /** Packages, by name, of which saved traces show that a run used something; absent without traces. */
  readonly traced?: ReadonlySet<string>;
}

/** An image whose packages are known. */
export interface Root {
  readonly reference: string;
  readonly packages: PackageSet;
  /** `proved`: by its dpkg · `declared`: by a table. */
  readonly known: "proved" | "declared";
}

/** The facts of a run whose images were inspected. */
export function auditFacts(
  tables: Tables,
  input: AnalysisInput,
  { scene, answer }: Pick<Examination, "scene" | "answer">,
): AuditFacts {
  const { base } = input;
  const { base: packages, known } = answer;
  const reference = base.reference ?? "the runtime base";
  const source = base.source === "image" ? "proved" : base.source === "mappings" ? "declared" : null;
  const isBuilt = base.source === "image" && input.plan?.runtime?.parent != null;
  const files = scene.builders.flatMap((builder) => builder.files);
  return {
    tables,
    release: releaseOfBase(tables, base),
    world: { base: packages, known },
    base: { reference, known: source },
    root: isBuilt ? declaredRoot(tables, input.plan, known) : source && { reference, packages, known: source },
    archive: scene.archive,
    distributionImage: isDistributionImage(rootReference(input.plan) ?? base.reference ?? ""),
    otherDistribution: base.source === "image" ? otherThanDebian(base.snapshot) : null,
    // The tables have official images alone, and their user is root.
    baseUser: base.source === "mappings" ? "" : userOf(base),
    crossRelease: scene.builders.some(({ crossRelease }) => crossRelease),
    namedLibraries: new Set([
      ...files.flatMap(({ fact }) => fact.sonameStrings ?? []),
      ...textNames(input.plan, input.contextSources ?? {}, scene.builders).flatMap(({ names }) => names),
    ]),
    openers: files.flatMap(({ fact }) => (fact.openers === undefined ? [] : [fact.path])),
    baseCommand: base.source === "image" ? startedBy(base.snapshot.image) : [],
    withShlibs: new Set(
      input.builders
        .flatMap(({ snapshot: builder }) => readShlibs(builder.dpkg?.shlibs ?? []))
        .map((entry) => parseKey(entry.package).name),
    ),
    scripts: runtimeScripts(input.plan, input.contextSources ?? {}, files),
    installed: new Set(),
  };
}

/** The distribution of an image that says it is none of Debian's family; distroless images have no dpkg, and are. */
function otherThanDebian(snapshot: Pick<Snapshot, "osRelease">): string | null {
  const release = releaseOf(snapshot);
  if (release === null) return null;
  const family = [release.id, ...release.idLike];
  return family.includes("debian") || family.includes("ubuntu") || release.parent !== null ? null : release.id;
}

/** The program that an image starts: ENTRYPOINT, or without one CMD. */
function startedBy({ entrypoint, cmd }: Snapshot["image"]): readonly string[] {
  return (entrypoint.length > 0 ? entrypoint : cmd).slice(0, 1);
}

/** USER of a base that was looked at; an unpacked tree does not tell it. */
function userOf(base: RuntimeBase): string | null {
  return base.source === "image" && base.files?.origin !== "rootfs" ? base.snapshot.image.user : null;
}

function releaseOfBase(tables: Tables, base: RuntimeBase): AuditedRelease | null {
  if (base.source === "image") return releaseOfImage(tables, base.snapshot);
  return base.source === "mappings" ? releaseOfReference(tables, base.reference) : null;
}

/** The image at the bottom of the runtime stage as the tables have it: if its tag names a release of its distribution. */
function declaredRoot(tables: Tables, plan: BuildPlan | null, known: PackageSet): Root | null {
  const reference = rootReference(plan);
  const release = reference === null ? null : releaseOfReference(tables, reference);
  if (reference === null || release === null || !isDistributionImage(reference)) return null;
  const packages = baseImage(tables, release.key)?.packages;
  if (packages === undefined) return null;
  return { reference, packages: tablePackages(packages, known), known: "declared" };
}

/** The facts of a Dockerfile and its context: the tag names the release, and the tables have the packages of official images. */
export function declaredFacts(tables: Tables, plan: BuildPlan, sources: ContextSources): AuditFacts {
  const reference = rootReference(plan);
  const release = reference === null ? null : releaseOfReference(tables, reference);
  const official = reference !== null && isDistributionImage(reference);
  const image = official && release !== null ? baseImage(tables, release.key) : null;
  const known = packageSet([], "");
  const base = { source: "mappings" as const, reference: reference ?? "", packages: image?.packages ?? new Map() };
  const packages = basePackages({ base: null, architecture: "" }, base, known);
  return {
    tables,
    release,
    world: { base: packages, known },
    base: { reference: reference ?? "the runtime base", known: image === null ? null : "declared" },
    root: image === null ? null : { reference: base.reference, packages, known: "declared" },
    archive: null,
    distributionImage: official,
    otherDistribution: reference === null ? null : otherDistribution(reference),
    baseUser: official || reference === "scratch" ? "" : null,
    crossRelease: false,
    namedLibraries: new Set(),
    openers: [],
    baseCommand: [],
    withShlibs: new Set(),
    scripts: runtimeScripts(plan, sources, []),
    installed: new Set(),
  };
}

/** The image at the bottom of the runtime stage, stages between followed; null where it is not known. */
export function rootReference(plan: BuildPlan | null): string | null {
  let stage = plan?.runtime ?? null;
  for (let depth = plan?.stages.length ?? 0; depth > 0 && stage !== null && stage.parent !== null; depth -= 1) {
    stage = plan?.stages[stage.parent] ?? null;
  }
  return stage?.from ?? null;
}
