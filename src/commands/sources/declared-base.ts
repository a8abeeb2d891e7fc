import type { RuntimeBase } from "../../analysis/runtime-base.ts";
import { releaseOfImage, releaseOfReference } from "../../audit/release.ts";
import { MsbDepsError } from "../../base/errors.ts";
import { baseImage, knownReleases } from "../../debian/mappings.ts";
import type { Tables } from "../../debian/tables.ts";
import type { BuildPlan, Stage } from "../../dockerfile/plan.ts";
import { isDistributionImage } from "../../dockerfile/reference.ts";
import type { Snapshot } from "../../snapshot/snapshot.ts";
import { shippedTables } from "../shipped-tables.ts";
import type { GatherRequest } from "./gather-request.ts";

/**
 * The runtime base as far as it can be known without looking at it: an official image of the builder's release, of which
 * the tables have the packages. Null where there is no runtime stage and none is named.
 * @throws MsbDepsError `base-unknown` for any other base; `dockerfile-syntax` where FROM has no value
 */
export function declaredBase(
  { plan, options }: Pick<GatherRequest, "plan" | "options">,
  builder: Pick<Snapshot, "osRelease">,
): RuntimeBase | null {
  if (options.runtime === "none") return { source: "none", reference: null };
  const stage = plan?.runtime ?? null;
  const reference = stage === null ? (plan?.runtimeImage ?? options.runtime) : rootOf(stage, plan);
  if (reference === null) return null;
  if (reference === "scratch") return { source: "none", reference };
  return tableBase(shippedTables(), reference, builder);
}

function tableBase(tables: Tables, reference: string, builder: Pick<Snapshot, "osRelease">): RuntimeBase {
  const release = isDistributionImage(reference) ? releaseOfReference(tables, reference) : null;
  const image = release === null ? null : baseImage(tables, release.key);
  if (release === null || image === null) {
    const known = knownReleases(tables).map((one) => one.reference);
    throw unknown(`${reference} is not in the built-in tables (${known.join(", ")})`);
  }
  const own = releaseOfImage(tables, builder);
  if (own?.key !== release.key) {
    const is = own === null ? "of a release that is not in the built-in tables" : own.words;
    throw unknown(`${reference} is ${release.words}, but the builder is ${is}`);
  }
  return { source: "mappings", reference, packages: image.packages };
}

/** The image at the bottom of a stage; only stages that change no file may stand between. */
function rootOf(stage: Stage, plan: BuildPlan | null): string {
  let at = stage;
  while (at.parent !== null) {
    const parent = plan?.stages[at.parent];
    if (parent === undefined) break;
    if (parent.instructions.some(({ kind }) => kind === "run" || kind === "copy")) {
      throw unknown(
        `the runtime stage is based on the stage ${parent.name ?? parent.index}, which would have to be built`,
      );
    }
    at = parent;
  }
  if (at.from !== null) return at.from;
  throw new MsbDepsError(
    "dockerfile-syntax",
    `the base of the runtime stage, ${at.fromText} in line ${at.line}, uses a variable without a value.`,
    { hint: "Set it with --build-arg NAME=value." },
  );
}

function unknown(what: string): MsbDepsError {
  return new MsbDepsError("base-unknown", `cannot inspect the runtime base without an engine: ${what}.`, {
    hint: "Give an archive of it with --runtime-oci, or the unpacked image with --runtime-rootfs. Or select another base: --runtime debian:trixie-slim with --artifacts, or --runtime none for an empty one. Or use an engine: --image instead of --rootfs and --oci.",
  });
}
