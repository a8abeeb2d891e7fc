import type { BuilderFiles } from "../../analysis/builder-files.ts";
import type { LookedAtBuilder } from "../../analysis/input.ts";
import type { RuntimeBase } from "../../analysis/runtime-base.ts";
import { rootReference } from "../../audit/facts.ts";
import { releaseOfImage, releaseOfReference } from "../../audit/release.ts";
import { MsbDepsError } from "../../base/errors.ts";
import type { Engine } from "../../engine/engine.ts";
import type { Snapshot } from "../../snapshot/snapshot.ts";
import { shippedTables } from "../shipped-tables.ts";
import type { GatherRequest } from "./gather-request.ts";
import { baseRequest } from "./look-requests.ts";
import { openPlace, thisMachine } from "./open-place.ts";
import type { Place } from "./places.ts";

/**
 * Looks at the runtime base in an archive (`--runtime-oci`) or a tree (`--runtime-rootfs`), which is taken for what the
 * runtime stage's FROM names: an image, or another stage.
 * @throws MsbDepsError `usage` where the runtime stage is FROM scratch, or an image of another release than what was
 *   looked at; `rootfs-missing`, `oci-invalid`
 */
export async function lookAtGivenBase(
  place: Place<BuilderFiles["origin"]>,
  request: GatherRequest,
  builders: readonly LookedAtBuilder[],
  engine: () => Promise<Engine>,
  signal: AbortSignal,
): Promise<RuntimeBase> {
  const { plan, options, onEvent } = request;
  const reference = namedBase(request);
  if (reference === "scratch") {
    throw new MsbDepsError("usage", `the runtime stage is FROM scratch, so ${place.path} cannot be its base.`, {
      hint: "Omit --runtime-oci and --runtime-rootfs: scratch is empty.",
    });
  }
  const own = thisMachine();
  const machine = { ...own, architecture: builders[0]?.snapshot.image.architecture ?? own.architecture };
  const platform = plan?.runtime?.platform ?? options.platform;
  const { pull } = options;
  const how = { engine, machine, platform, pull, askLoader: false, artifacts: [], onEvent, signal };
  const opened = await openPlace(place, how);
  const look = opened.ask(baseRequest(request, builders, opened.env));
  const snapshot = await look.finally(() => opened.close());
  const path = opened.reference ?? place.path;
  checkRelease((plan?.runtime == null ? null : rootReference(plan)) ?? reference, { ...place, path }, snapshot);
  return { source: "image", reference, snapshot, files: { origin: place.kind, path } };
}

/** A tag that names a release is held against the files: with a wrong archive every answer would be wrong. */
function checkRelease(named: string | null, { kind, path }: Place, snapshot: Pick<Snapshot, "osRelease">): void {
  const tables = shippedTables();
  const release = named === null ? null : releaseOfReference(tables, named);
  const own = releaseOfImage(tables, snapshot);
  if (release === null || own?.key === release.key) return;
  const what = kind === "oci" ? "archive" : "unpacked image";
  const is = own?.words ?? "of a release that is not in the built-in tables";
  throw new MsbDepsError("usage", `the runtime base ${named} is ${release.words}, but the ${what} ${path} is ${is}.`, {
    hint: "Give the files of that base, or name the base of the files: with --build-arg if FROM has a variable, or with --runtime and --artifacts.",
  });
}

/** What the runtime stage or the command line calls the base; null where neither does. */
function namedBase({ plan, options }: Pick<GatherRequest, "plan" | "options">): string | null {
  const stage = plan?.runtime ?? null;
  if (stage === null) return plan?.runtimeImage ?? options.runtime;
  const parent = stage.parent === null ? null : (plan?.stages[stage.parent] ?? null);
  if (parent !== null) return parent.name ?? String(parent.index);
  return plan?.runtimeImage ?? stage.from ?? stage.fromText;
}
