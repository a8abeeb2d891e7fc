import { readFile } from "node:fs/promises";
import type { RuntimeBase } from "../analysis/input.ts";
import { MsbDepsError } from "../errors.ts";
import type { Snapshot } from "../look/snapshot.ts";
import type { PlanChoice } from "./plan.ts";
import { writeWhole } from "./write-result.ts";

/** All that one run saw: enough to get the same answer again without an engine. */
export interface SavedRun {
  /** The text of the Dockerfile; null with `--image` alone. */
  readonly dockerfile: string | null;
  readonly choice: PlanChoice;
  readonly builders: readonly { readonly stage: number | null; readonly base: string | null; readonly snapshot: Snapshot }[];
  readonly base: RuntimeBase;
}

/** Writes a run as a JSON file of stable bytes. */
export async function writeSavedRun(path: string, run: SavedRun): Promise<void> {
  const base = run.base.source === "mappings" ? { ...run.base, packages: Object.fromEntries(run.base.packages) } : run.base;
  await writeWhole(path, `${JSON.stringify({ msbDepsRun: 1, ...run, base })}\n`);
}

/** @throws MsbDepsError `snapshot-invalid` */
export async function readSavedRun(path: string): Promise<SavedRun> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MsbDepsError("snapshot-invalid", `${path} could not be read: ${reason}.`, { hint: "Give a file that --save-snapshot wrote.", cause });
  }
  return checkRun(value, path);
}
function checkRun(value: unknown, _path: string): SavedRun {
  return value as SavedRun;
}
