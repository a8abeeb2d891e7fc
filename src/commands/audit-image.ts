import { openImage } from "../analysis/image.ts";
import { assumedBase } from "../analysis/knowledge.ts";
import { auditImage } from "../audit/image/audit-image.ts";
import { isPackageList, unownedFiles } from "../audit/image/contents.ts";
import type { Io, RunOptions, ShowOptions } from "../config.ts";
import type { Engine, Image } from "../engine/engine.ts";
import { MsbDepsError } from "../errors.ts";
import { look } from "../look/look.ts";
import type { Snapshot } from "../look/snapshot.ts";
import { shippedTables } from "../mappings.ts";
import type { AuditReport } from "../report/findings.ts";
import { openProgress } from "../report/progress.ts";
import type { AuditOptions } from "./audit.ts";
import { checkDpkg, requireArtifacts } from "./checks.ts";
import { openEngine } from "./gather.ts";
import { type SavedRun, writeSavedRun } from "./saved-run.ts";

/**
 * Looks at a built image as a whole: first at every file, then again at those that no package owns, about which its
 * loader is asked.
 *
 * @throws MsbDepsError `usage` for options that speak of a Dockerfile, `no-dpkg`, and those of the engine
 */
export async function seeImage(
  options: RunOptions,
  { noBuild }: AuditOptions,
  show: Pick<ShowOptions, "progress">,
  io: Io,
): Promise<SavedRun> {
  refuseDockerfileOptions(options, noBuild);
  const reference = options.image ?? "";
  const progress = openProgress(show.progress, io.env, io.stderr);
  const engine = await openEngine(io, options.endpoint);
  try {
    const { platform, pull } = options;
    const image = await engine.image(reference, { platform, pull, onEvent: progress.event, signal: io.signal });
    const snapshot = await seeWhole(engine, image, options.engine === "ldd", io.signal).finally(() => image.release());
    checkDpkg(snapshot, null, reference);
    const run = runOf(snapshot, reference, options);
    if (options.saveSnapshot !== null) await writeSavedRun(options.saveSnapshot, run);
    return run;
  } finally {
    progress.end();
    await engine.close();
  }
}

function refuseDockerfileOptions(options: RunOptions, noBuild: boolean): void {
  const given = [
    ...(noBuild ? ["--no-build"] : []),
    ...(options.runtime === null ? [] : ["--runtime"]),
    ...(options.target === null ? [] : ["--target"]),
    ...(options.artifacts.length === 0 ? [] : ["--artifacts"]),
    ...(options.online ? ["--online"] : []),
  ];
  if (given.length === 0) return;
  throw new MsbDepsError("usage", `an image without a Dockerfile is audited as a whole, without ${given.join(", ")}.`, {
    hint: "Leave that out; or name the Dockerfile, and --image stands in for the build of its builder stage.",
  });
}

async function seeWhole(engine: Engine, image: Image, askLoader: boolean, signal: AbortSignal): Promise<Snapshot> {
  const whole = await look(
    engine,
    image,
    { artifactPaths: ["/"], folders: [], paths: [], askLoader: false, searchStrings: false },
    signal,
  );
  const unowned = unownedFiles(openImage(whole, "builder"));
  if (unowned.length === 0) return { ...whole, artifactPaths: [] };
  const paths = whole.files.flatMap(({ path }) => (isPackageList(path) ? path : []));
  return look(engine, image, { artifactPaths: unowned, folders: [], paths, askLoader, searchStrings: true }, signal);
}

function runOf(snapshot: Snapshot, reference: string, options: RunOptions): SavedRun {
  const { artifacts, target, runtime, buildArgs, platform } = options;
  const base = assumedBase(shippedTables(), snapshot);
  if (base === null) {
    throw new MsbDepsError(
      "no-dpkg",
      `what the image ${reference} was made from cannot be told: its release is in no table, so what was installed beyond its base is not known.`,
      { hint: "Audit the Dockerfile that made it." },
    );
  }
  return {
    dockerfile: null,
    choice: { artifacts, target, runtime, buildArgs, platform },
    builders: [{ stage: null, base: reference, snapshot }],
    base,
    apt: null,
  };
}

/** The findings about an image that was looked at as a whole. */
export function imageReport(run: SavedRun, options: RunOptions): AuditReport {
  const [builder] = run.builders;
  const { base } = run;
  if (builder === undefined || base.source !== "mappings") {
    throw new MsbDepsError("usage", "the saved run is neither that of a Dockerfile nor that of a whole image.", {
      hint: "Save one with `msb-deps audit --image REF --save-snapshot FILE`.",
    });
  }
  const reference = builder.base ?? "the image";
  const { analysis, audit } = auditImage(
    { reference, snapshot: builder.snapshot, base },
    shippedTables(),
    options.withRecommended,
  );
  requireArtifacts(analysis, options.allowEmpty);
  return { file: reference, kind: "image", analysis, audit };
}
