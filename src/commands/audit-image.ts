import type { BuilderFiles } from "../analysis/builder-files.ts";
import { openImage } from "../analysis/image.ts";
import { assumedBase } from "../analysis/knowledge.ts";
import { auditImage } from "../audit/image/audit-image.ts";
import { isPackageList, unownedFiles } from "../audit/image/contents.ts";
import { MsbDepsError } from "../base/errors.ts";
import { finishPaced } from "../base/steps.ts";
import type { AuditReport } from "../report/findings.ts";
import { openProgress } from "../report/progress.ts";
import type { LookRequest, Snapshot } from "../snapshot/snapshot.ts";
import type { AuditOptions } from "./audit-subject.ts";
import { checkDpkg, kindOf } from "./checks.ts";
import type { Held } from "./config/hold.ts";
import type { Io, RunOptions, ShowOptions } from "./options.ts";
import { type SavedRun, writeSavedRun } from "./saved-run.ts";
import { shippedTables } from "./shipped-tables.ts";
import type { OpenRequest } from "./sources/image-source.ts";
import { engineOnDemand } from "./sources/open-engine.ts";
import { openPlace, thisMachine } from "./sources/open-place.ts";
import { builderGiven, builderPlace } from "./sources/places.ts";

/**
 * Looks at a built image as a whole, in the engine (`--image`), an archive (`--oci`) or a tree (`--rootfs`): first at
 * every file, then again at those that no package owns, about which its loader is asked.
 *
 * @throws MsbDepsError `usage` for options that speak of a Dockerfile, `no-dpkg`, and those of the engine or the files
 */
export async function seeImage(
  options: RunOptions,
  { noBuild }: AuditOptions,
  show: Pick<ShowOptions, "progress">,
  io: Io,
): Promise<SavedRun> {
  refuseDockerfileOptions(options, noBuild);
  const progress = openProgress(show.progress, io.env, io.messages);
  const engine = engineOnDemand(io, options.endpoint);
  try {
    const seen = await see(options, engine.get, progress.event, io.signal);
    checkDpkg({ stage: null, base: seen.reference, snapshot: seen.snapshot, files: seen.files });
    const run = runOf(seen, options);
    if (options.saveSnapshot !== null) await writeSavedRun(options.saveSnapshot, run);
    return run;
  } finally {
    progress.end();
    await engine.close();
  }
}

function refuseDockerfileOptions(options: RunOptions, noBuild: boolean): void {
  builderGiven(options);
  const given = [
    ...(noBuild ? ["--no-build"] : []),
    ...(options.runtime === null ? [] : ["--runtime"]),
    ...(options.runtimeOci === null ? [] : ["--runtime-oci"]),
    ...(options.runtimeRootfs === null ? [] : ["--runtime-rootfs"]),
    ...(options.target === null ? [] : ["--target"]),
    ...(options.artifacts.length === 0 ? [] : ["--artifacts"]),
    ...(options.online ? ["--online"] : []),
  ];
  if (given.length === 0) return;
  throw new MsbDepsError("usage", `${given.join(", ")} cannot be used to audit a whole image.`, {
    hint: "Omit it, or pass a Dockerfile: --image, --rootfs or --oci then replaces the build of its builder stage.",
  });
}

/** An image, looked at as a whole. */
interface Seen {
  /** As it was named. */
  readonly reference: string;
  readonly snapshot: Snapshot;
  /** Null where an engine was asked. */
  readonly files: BuilderFiles | null;
}

async function see(
  options: RunOptions,
  engine: OpenRequest["engine"],
  onEvent: OpenRequest["onEvent"],
  signal: AbortSignal,
): Promise<Seen> {
  const place = builderPlace(options);
  if (place === null) throw new MsbDepsError("usage", "no image given to audit.");
  const { platform, pull } = options;
  // Which files no package owns is known only after everything was read: searching them takes another pass.
  const request = { engine, machine: thisMachine(), platform, pull, artifacts: [], onEvent, signal };
  const opened = await openPlace(place, { ...request, askLoader: options.engine === "ldd" });
  const snapshot = await seeWhole(opened.ask, opened.hasLoader).finally(() => opened.close());
  return { reference: opened.reference ?? place.path, snapshot, files: opened.files };
}

async function seeWhole(ask: (request: LookRequest) => Promise<Snapshot>, askLoader: boolean): Promise<Snapshot> {
  const whole = await ask({ artifactPaths: ["/"], folders: [], paths: [], askLoader: false, searchStrings: false });
  const unowned = unownedFiles(openImage(whole, "builder"));
  if (unowned.length === 0) return { ...whole, artifactPaths: [] };
  const paths = whole.files.flatMap(({ path }) => (isPackageList(path) ? path : []));
  return ask({ artifactPaths: unowned, folders: [], paths, askLoader, searchStrings: true });
}

function runOf({ reference, snapshot, files }: Seen, options: RunOptions): SavedRun {
  const { artifacts, target, runtime, buildArgs, platform } = options;
  const base = assumedBase(shippedTables(), snapshot);
  if (base === null) {
    throw new MsbDepsError(
      "no-dpkg",
      `the base of the ${kindOf(files)} ${reference} is unknown: its release is in no table, so packages of the base cannot be told from added ones.`,
      { hint: "Audit its Dockerfile instead." },
    );
  }
  return {
    dockerfile: null,
    choice: { artifacts, target, runtime, buildArgs, platform },
    builders: [{ stage: null, base: reference, snapshot, files }],
    base,
    apt: null,
  };
}

/** The findings about an image that was looked at as a whole. */
export async function imageReport(
  run: SavedRun,
  { options, policy }: Pick<Held, "options" | "policy">,
  signal: AbortSignal,
): Promise<AuditReport> {
  const [builder] = run.builders;
  const { base } = run;
  if (builder === undefined || base.source !== "mappings") {
    throw new MsbDepsError("usage", "the saved run is not an audit: it has neither a Dockerfile nor a whole image.", {
      hint: "Save one with `msb-deps audit --image REF --save-snapshot FILE` (or --oci, --rootfs).",
    });
  }
  const reference = builder.base ?? "the image";
  const { analysis, audit } = await finishPaced(
    auditImage({ reference, snapshot: builder.snapshot, base, files: builder.files ?? null }, shippedTables(), {
      withRecommended: options.withRecommended,
      keep: options.keep ?? [],
      policy,
    }),
    signal,
  );
  return { file: reference, kind: "image", analysis, audit };
}
