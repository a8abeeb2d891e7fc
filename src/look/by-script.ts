import { MsbDepsError } from "../base/errors.ts";
import { phase } from "../base/phases.ts";
import { finishPaced } from "../base/steps.ts";
import type { Engine, Image, RunResult } from "../engine/engine.ts";
import { CLOSED, EngineLost } from "../engine/lost.ts";
import type { LookRequest, Snapshot } from "../snapshot/snapshot.ts";
import { openArchives } from "./archives/open.ts";
import { giveUp, isComplete } from "./misses.ts";
import { Observations } from "./observations.ts";
import { observeRecords } from "./observe-records.ts";
import { parseRecords } from "./records.ts";
import { firstRequest, MAX_SECONDS, nextRequest } from "./request.ts";
import { type EarlyEnd, earlyEnd, earlyEndText, type RunLimits } from "./run-end.ts";
import { lookScript } from "./script.ts";
import { buildSnapshot, imageFacts } from "./snapshot-build.ts";

/** A file among the artifacts takes 200 bytes of it, and an ELF file some KiB. */
const MAX_OUTPUT = 256 * 1024 * 1024;
/** The script foresees what a snapshot needs; what it did not, mostly of damaged files, is asked for again. */
const MAX_ROUNDS = 8;

/** Thrown where the image has no perl to run the script with: then the other way is open. */
export class NoPerl extends Error {
  override readonly name = "NoPerl";
}

/** Looks at an image with the script, in one container where nothing unforeseen is in the image. */
export async function lookByScript(
  engine: Engine,
  image: Image,
  request: LookRequest,
  signal: AbortSignal,
): Promise<Snapshot> {
  const observations = new Observations();
  const facts = imageFacts(image);
  let words = firstRequest(request);
  for (let round = 1; ; round += 1) {
    if (round <= MAX_ROUNDS) {
      const asked = words;
      const output = await phase("look inside", () => runScript(engine, image, asked, signal));
      await phase("read its answer", () => finishPaced(observeRecords(parseRecords(output), observations), signal));
    }
    const built = finishPaced(buildSnapshot(facts, request, observations), signal);
    const { snapshot, misses } = await phase("make the snapshot", () => built);
    if (isComplete(misses)) return snapshot;
    await openArchives(misses, observations, signal);
    if (round < MAX_ROUNDS) words = nextRequest(misses, observations.hasLookup);
    else giveUp(misses, observations, MAX_ROUNDS);
  }
}

async function runScript(engine: Engine, image: Image, stdin: Buffer, signal: AbortSignal): Promise<Buffer> {
  const limits = { maxOutput: MAX_OUTPUT, timeoutMs: (MAX_SECONDS + 60) * 1000 };
  const command = ["/usr/bin/perl", "-e", lookScript()];
  const result = await engine.run({ image, command, stdin, env: CLEAN_ENVIRONMENT, ...limits, signal });
  if (result.notStarted !== null) throw new NoPerl(result.notStarted);
  const trouble = troubleOf(result, limits);
  if (trouble !== null) throw trouble;
  return result.stdout;
}

/** Nothing of the image's environment may change what perl, the loader or dpkg do: they get this alone. */
export const CLEAN_ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LC_ALL: "C",
  // Where a variable can only be emptied: an empty PERL_UNICODE would switch UTF-8 on (perlrun, -C).
  PERL_UNICODE: "0",
};

const HINTS: Readonly<Record<EarlyEnd, string>> = {
  timeout: "Use narrower --artifacts paths, or a less busy engine.",
  "output-limit": "Use narrower --artifacts paths.",
  killed: "Use narrower --artifacts paths, or give the engine more memory.",
};

/** Exit codes of the script, and of a shell that SIGTERM ends, when the standard input or output is closed. */
const INPUT_ENDED: ReadonlySet<number> = new Set([3, 143]);

/** What stopped a program inside the image, as an error with what to do; null where it went well. */
export function troubleOf(result: RunResult, limits: RunLimits): MsbDepsError | null {
  const said = result.stderr.toString("utf8").trim().slice(-2000);
  const failed = (what: string, hint: string): MsbDepsError =>
    new MsbDepsError("look-failed", `inspecting the image failed: ${what}.`, {
      hint,
      ...(said === "" ? {} : { tried: [`it said: ${said}`] }),
    });
  const end = earlyEnd(result);
  if (end !== null) return failed(earlyEndText(end, limits), HINTS[end]);
  if (result.exitCode === 0) return null;
  // The script keeps the time itself, and says so before we have to stop it.
  if (result.exitCode === 4) return failed(`it took longer than ${MAX_SECONDS} s`, HINTS.timeout);
  // Its standard input ended, which stays open for as long as the engine has a connection with us.
  if (INPUT_ENDED.has(result.exitCode)) return new EngineLost("inspecting the image", CLOSED);
  return failed(
    `the script ended with exit code ${result.exitCode}`,
    "Check that `perl` and `dpkg` work in the image.",
  );
}
