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
    throw unknown(`the runtime base ${reference} is not one of the images that the tables know (${known.join(", ")})`);
  }
  const own = releaseOfImage(tables, builder);
  if (own?.key !== release.key) {
    const is = own === null ? "of a release that the tables do not know" : own.words;
    throw unknown(`the runtime base ${reference} is ${release.words}, and the builder is ${is}`);
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
      throw unknown(`the runtime stage goes on from the stage ${parent.name ?? parent.index}, which has to be built`);
    }
    at = parent;
  }
  if (at.from !== null) return at.from;
  throw new MsbDepsError(
    "dockerfile-syntax",
    `the base of the runtime stage, ${at.fromText} in line ${at.line}, has a variable without a value.`,
    { hint: "Give it with --build-arg NAME=value." },
  );
}

function unknown(what: string): MsbDepsError {
  return new MsbDepsError("base-unknown", `without an engine the runtime base cannot be looked at: ${what}.`, {
    hint: "Say where it can be looked at: --runtime-oci with an archive of it, or --runtime-rootfs with the unpacked image. Or name what stands for it: --runtime debian:trixie-slim with --artifacts, or --runtime none, which takes nothing away. Or let an engine do it: --image in place of --rootfs and --oci.",
  });
}
