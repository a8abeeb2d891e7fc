import * as v from "valibot";
import type { BaseFiles, BuilderFiles } from "../analysis/builder-files.ts";
import type { RuntimeBase } from "../analysis/runtime-base.ts";
import { list, mapOf, numberIn, object, oneOf, type Schema, text, textMap, versionOne } from "../base/schema.ts";
import type { ContextSource } from "../dockerfile/context-sources.ts";
import type { AptFacts } from "../snapshot/apt.ts";
import { aptFacts } from "../snapshot/saved-apt.ts";
import { snapshotSchema } from "../snapshot/saved-schema.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { neededBuildArgs } from "./needed-args.ts";
import type { PlanChoice } from "./plan.ts";
import { readSaved } from "./read-saved.ts";
import { writeWhole } from "./write-result.ts";

/** All that one run saw: enough to get the same answer again without an engine. */
export interface SavedRun {
  /** The text of the Dockerfile; null with `--image`, `--rootfs` or `--oci` alone. */
  readonly dockerfile: string | null;
  readonly choice: PlanChoice;
  readonly builders: readonly SavedBuilder[];
  readonly base: RuntimeBase;
  /** What apt in the runtime base said; null where it was not asked. */
  readonly apt: AptFacts | null;
}

export interface SavedBuilder {
  /** The index of the stage in the file. */
  readonly stage: number | null;
  readonly base: string | null;
  readonly snapshot: Snapshot;
  /** Null where an engine was asked, or the run is of a version that always did. */
  readonly files?: BuilderFiles | null;
}

/** For a file that holds values of build arguments, which may be secrets. */
const PRIVATE = 0o600;

/**
 * Writes a run as a JSON file; the same run gives the same bytes. Of the build arguments it has those that a replay needs,
 * and then is readable by its owner alone.
 * @returns the names of these arguments
 * @throws MsbDepsError `write-failed`
 */
export async function writeSavedRun(path: string, run: SavedRun): Promise<readonly string[]> {
  const baseEnv = run.base.source === "image" ? run.base.snapshot.image.env : [];
  const buildArgs = run.dockerfile === null ? {} : neededBuildArgs(run.dockerfile, run.choice, baseEnv);
  const names = Object.keys(buildArgs);
  const base =
    run.base.source === "mappings" ? { ...run.base, packages: Object.fromEntries(run.base.packages) } : run.base;
  const saved = { runVersion: 1, ...run, choice: { ...run.choice, buildArgs }, base };
  await writeWhole(path, `${JSON.stringify(saved, null, 1)}\n`, names.length > 0 ? PRIVATE : null);
  return names;
}

/** Far beyond what runs have; Node.js cannot have a text of more than twice that. */
const MAX_BYTES = 256 * 2 ** 20;

/**
 * Reads what {@link writeSavedRun} wrote; a file from elsewhere is judged field by field.
 * @throws MsbDepsError `snapshot-invalid`
 */
export async function readSavedRun(path: string, signal: AbortSignal): Promise<SavedRun> {
  const kind = { schema: savedRun, name: "a saved run", command: "the run again with --save-snapshot" };
  const { runVersion: _, ...run } = await readSaved(path, kind, MAX_BYTES, signal);
  return run;
}

const choice = object<PlanChoice>({
  artifacts: list(text),
  target: v.nullable(text),
  runtime: v.nullable(text),
  buildArgs: textMap,
  platform: v.nullable(text),
  contextFiles: v.exactOptional(textMap),
  contextSources: v.exactOptional(
    mapOf(
      object<ContextSource>({
        scripts: textMap,
        libraries: v.exactOptional(mapOf(list(text))),
        others: v.optional(v.boolean("is not true or false"), true),
      }),
    ),
  ),
});

const origin = oneOf(["rootfs", "oci"]);

const builder = object<SavedBuilder>({
  stage: v.nullable(numberIn(0, 10_000)),
  base: v.nullable(text),
  snapshot: snapshotSchema,
  files: v.optional(
    v.nullable(
      object<BuilderFiles>({
        origin,
        loaderAbsence: v.nullable(oneOf(["archive", "not-isolated"])),
      }),
    ),
    null,
  ),
});

const base: Schema<RuntimeBase> = v.variant(
  "source",
  [
    v.object({
      source: v.literal("image"),
      reference: v.nullable(text),
      snapshot: snapshotSchema,
      files: v.optional(v.nullable(object<BaseFiles>({ origin, path: text })), null),
    }),
    v.object({
      source: v.literal("mappings"),
      reference: text,
      packages: v.pipe(
        textMap,
        v.transform((packages) => new Map(Object.entries(packages))),
      ),
    }),
    v.object({ source: v.literal("none"), reference: v.nullable(text) }),
  ],
  "is not one of image, mappings, none",
);

const savedRun = object<SavedRun & { readonly runVersion: 1 }>({
  runVersion: versionOne,
  dockerfile: v.nullable(text),
  choice,
  builders: list(builder),
  base,
  apt: v.optional(v.nullable(aptFacts), null),
});
