import type { Distribution } from "../../analysis/model.ts";
import { baseImage } from "../../debian/mappings.ts";
import { compareVersions, parseVersion } from "../../debian/version.ts";
import type { AuditCase } from "../case.ts";
import { found, type Rule, runtimePlace } from "../case.ts";
import { rootReference } from "../facts.ts";
import type { Confidence } from "../finding-head.ts";
import { releaseOfReference } from "../release.ts";

export interface BaseDiffersDetail {
  readonly code: "base-differs";
  readonly builder: string;
  readonly runtime: string;
}

/**
 * The builder is of a newer release than the runtime stage: what is built there may need symbol versions that the older
 * libraries lack. The other way round programs run, as glibc and its kin stay compatible.
 */
export const baseDiffers: Rule<BaseDiffersDetail> = (audit) => {
  const bases = audit.runtime === null ? null : (seen(audit) ?? declared(audit));
  const builder = bases?.builders.find((one) => isNewer(one, bases.runtime, audit));
  if (bases === null || builder === undefined) return [];
  const detail = { code: "base-differs", builder: wordsOf(builder), runtime: wordsOf(bases.runtime) } as const;
  return [found(audit, runtimePlace(audit), "info", { confidence: bases.confidence }, detail)];
};

/** A release by its ID and VERSION_ID (os-release(5)). */
interface ReleaseName {
  readonly id: string;
  readonly version: string;
}

interface Bases {
  readonly confidence: Confidence;
  readonly builders: readonly ReleaseName[];
  readonly runtime: ReleaseName;
}

/** What os-release of both images says. */
function seen({ analysis }: AuditCase): Bases | null {
  const runtime = analysis?.runtime?.source === "image" ? nameOf(analysis.runtime.distribution) : null;
  const builders = (analysis?.builders ?? []).flatMap(({ distribution }) => nameOf(distribution) ?? []);
  return runtime === null || builders.length === 0 ? null : { confidence: "proved", builders, runtime };
}

/** What the tags of both say. */
function declared({ plan, facts }: AuditCase): Bases | null {
  const runtime = facts.release === null ? null : named(facts.release.key);
  const builders = plan.builders.flatMap((builder) => {
    const reference = rootReference({ ...plan, runtime: builder });
    const release = reference === null ? null : releaseOfReference(facts.tables, reference);
    return release === null ? [] : named(release.key);
  });
  return runtime === null ? null : { confidence: "declared", builders, runtime };
}

/** By the version of libc6 that the tables have of both, else by their numbers; two distributions else are not compared. */
function isNewer(builder: ReleaseName, runtime: ReleaseName, { facts }: AuditCase): boolean {
  const [one, other] = [builder, runtime].map(({ id, version }) =>
    baseImage(facts.tables, `${id}-${version}`)?.packages.get("libc6"),
  );
  if (one !== undefined && other !== undefined)
    return compareVersions(parseVersion(one).upstream, parseVersion(other).upstream) > 0;
  return builder.id === runtime.id && compareVersions(builder.version, runtime.version) > 0;
}

function nameOf(distribution: Distribution | null): ReleaseName | null {
  if (distribution === null || distribution.versionId === null) return null;
  return { id: distribution.id, version: distribution.versionId };
}

function named(key: string): ReleaseName {
  const [id = "", version = ""] = key.split("-");
  return { id, version };
}

function wordsOf({ id, version }: ReleaseName): string {
  return `${id} ${version}`;
}
