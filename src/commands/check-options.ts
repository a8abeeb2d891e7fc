import type { Analysis } from "../analysis/model.ts";
import { MsbDepsError } from "../base/errors.ts";
import type { Held } from "./config/hold.ts";
import type { SavedRun } from "./saved-run.ts";

/**
 * `--check`: what was committed and is compared with the needs: a list (`-f list`), a report (`-f json`), or the Dockerfile
 * itself.
 */
export interface CheckOptions {
  readonly file: string;
  /** Rewrite the file where the needs have drifted. */
  readonly update: boolean;
}

/** What an analysis came to, and what it was of. */
export interface Needs {
  readonly analysis: Analysis;
  readonly run: SavedRun;
  readonly held: Held;
}

/** @throws MsbDepsError `usage` where packages may be missing from what would be written */
export function requireComplete(file: string, { complete }: Pick<Analysis, "complete">): void {
  if (complete) return;
  throw new MsbDepsError(
    "usage",
    `${file} was not rewritten: not all could be inspected, so packages may be missing.`,
    {
      hint: "Run without --update to see what was found.",
    },
  );
}
