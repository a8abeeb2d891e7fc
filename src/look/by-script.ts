import { MsbDepsError } from "../base/errors.ts";
import { encodeName } from "../base/names.ts";
import type { Engine, Image, RunResult } from "../engine/engine.ts";
import type { LookRequest, Snapshot } from "../snapshot/snapshot.ts";
import { Observations } from "./observations.ts";
import { observeRecords } from "./observe-records.ts";
import { parseRecords } from "./records.ts";
import { type EarlyEnd, earlyEnd, earlyEndText, type RunLimits } from "./run-end.ts";
import { encodeRequest, lookScript } from "./script.ts";
import { buildSnapshot, imageFacts } from "./snapshot-build.ts";
import { isComplete, type Misses } from "./tracker.ts";

const MOST_OUTPUT = 512 * 1024 * 1024;
const MOST_SECONDS = 300;
/** The script foresees what a snapshot needs; what it did not, mostly of damaged files, is asked for again. */
const MOST_ROUNDS = 8;

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
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    observeRecords(parseRecords(await runScript(engine, image, words, signal)), observations);
    const { snapshot, misses } = buildSnapshot(facts, request, observations);
    if (isComplete(misses)) return snapshot;
    words = nextRequest(misses);
  }
  throw new MsbDepsError("look-failed", `the look at the image did not come to an end in ${MOST_ROUNDS} rounds.`, {
    hint: "This should not happen; please report it with the Dockerfile.",
  });
}

/** The script's request for a look from the start. */
function firstRequest(request: LookRequest): Buffer {
  const named = (word: string, paths: readonly string[]) => paths.flatMap((path) => [word, encodeName(path)]);
  return encodeRequest([
    ...named("artifact", request.artifactPaths),
    ...named("folder", request.folders),
    ...named("path", request.paths),
    ...(request.askLoader ? ["loader", "1"] : []),
    ...["base", "1", "seconds", String(MOST_SECONDS)],
  ]);
}

/** The script's request for what an earlier look did not bring. */
export function nextRequest({ stats, lists, reads, asks, owners, strings }: Misses): Buffer {
  return encodeRequest([
    ...["seconds", String(MOST_SECONDS)],
    ...[...stats].flatMap((path) => ["stat", encodeName(path)]),
    ...[...lists].flatMap((path) => ["list", encodeName(path)]),
    ...[...reads].flatMap(([path, spans]) =>
      spans.flatMap(([start, end]) => ["read", encodeName(path), String(start), String(end - start)]),
    ),
    ...[...asks.values()].flatMap(({ loader, file }) => ["ask", encodeName(loader), encodeName(file)]),
    ...[...owners].flatMap((path) => ["owner", encodeName(path)]),
    ...[...strings].flatMap((path) => ["strings", encodeName(path)]),
  ]);
}

async function runScript(engine: Engine, image: Image, stdin: Buffer, signal: AbortSignal): Promise<Buffer> {
  const limits = { maxOutput: MOST_OUTPUT, timeoutMs: (MOST_SECONDS + 60) * 1000 };
  const command = ["/usr/bin/perl", "-e", lookScript()];
  const result = await engine.run({ image, command, stdin, env: CLEAN_ENVIRONMENT, ...limits, signal });
  if (result.notStarted !== null) throw new NoPerl(result.notStarted);
  const trouble = troubleOf(result, limits);
  if (trouble !== null) throw trouble;
  return result.stdout;
}

/** Nothing of the image's environment may change what perl, the loader or dpkg do. */
export const CLEAN_ENVIRONMENT: Readonly<Record<string, string>> = {
  LC_ALL: "C",
  LD_LIBRARY_PATH: "",
  LD_PRELOAD: "",
  LD_AUDIT: "",
  LD_DEBUG: "",
  LD_BIND_NOW: "",
  GLIBC_TUNABLES: "",
  PERL5OPT: "",
  PERL5LIB: "",
  PERLLIB: "",
  PERLIO: "",
  // An empty PERL_UNICODE would switch UTF-8 on (perlrun, -C).
  PERL_UNICODE: "0",
};

const HINTS: Readonly<Record<EarlyEnd, string>> = {
  timeout: "Give narrower --artifacts paths, or try a less busy engine.",
  "output-limit": "Give narrower --artifacts paths.",
  killed: "Give narrower --artifacts paths, or the engine more memory.",
};

/** What stopped a program inside the image, as an error with what to do; null where it went well. */
export function troubleOf(result: RunResult, limits: RunLimits): MsbDepsError | null {
  const said = result.stderr.toString("utf8").trim().slice(-2000);
  const failed = (what: string, hint: string): MsbDepsError =>
    new MsbDepsError("look-failed", `the look at the image failed: ${what}.`, {
      hint,
      ...(said === "" ? {} : { tried: [`it said: ${said}`] }),
    });
  const end = earlyEnd(result);
  if (end !== null) return failed(earlyEndText(end, limits), HINTS[end]);
  if (result.exitCode === 0) return null;
  // The script keeps the time itself, and says so before we have to stop it.
  if (result.exitCode === 4) return failed(`it took longer than ${MOST_SECONDS} s`, HINTS.timeout);
  if (result.exitCode === 3 || result.exitCode === 143) {
    return failed("its standard input was closed before it came to its end", "Run it again; look at the engine's log.");
  }
  return failed(`the script ended with exit code ${result.exitCode}`, "Check that `perl` and `dpkg` of the image run.");
}
