import { type LookedAtImage, openImage } from "../../analysis/image.ts";
import type { Reason } from "../../analysis/model.ts";
import { environmentOf, pathFoldersOf } from "../../analysis/set-scene.ts";
import { compareNames } from "../../base/names.ts";
import { basename } from "../../base/paths.ts";
import { aptWord, parseKey } from "../../debian/words.ts";
import type { Image } from "../../engine/engine.ts";
import { askFiles } from "../../look/ask-files.ts";
import { look } from "../../look/look.ts";
import { type WatchedRun, watchRun } from "../../look/watch-run.ts";
import type { Opened, RunProof, Unopened } from "../../proof/model.ts";
import { observe, type Unfound } from "../../proof/observed.ts";
import { realPathOf } from "../../snapshot/path.ts";
import { buildStage } from "../sources/engine-image.ts";
import { artifactFinder } from "./artifact-asking.ts";
import type { Work } from "./work.ts";

/** A run, and the packages that it says are lacking, by key, each with who asked. */
export interface ObservedRun {
  readonly proof: RunProof;
  readonly lacking: ReadonlyMap<string, readonly Reason[]>;
}

/**
 * Runs the command of `--run` in an image and tells what its processes opened.
 *
 * @param brought the packages, by name, that base and line bring; null where that is not known
 */
export async function observeRun(work: Work, image: Image, brought: ReadonlySet<string> | null): Promise<ObservedRun> {
  const { engine, own, signal } = work;
  const command = { argv: ["/bin/sh", "-c", own.run ?? ""], seconds: own.runSeconds, network: own.runNetwork };
  const watched = await watchRun(engine, image, command, signal);
  const { opened, unopened } = observe(watched.logs);
  const missing = await stillMissing(work, image, unopened);
  const found = missing.length === 0 ? [] : await inBuilders(work, missing);
  return {
    proof: {
      ...runFacts(watched, own),
      opened: await ownersOf(work, image, opened, brought),
      missing: found.map(told),
    },
    lacking: reasonsOf(work, found, pathFoldersOf(environmentOf(null, image.config.env))),
  };
}

function runFacts(watched: WatchedRun, own: Work["own"]): Omit<RunProof, "opened" | "missing"> {
  return {
    command: own.run ?? "",
    outcome: watched.limit ? "limit" : "ended",
    exitCode: watched.exitCode,
    seconds: own.runSeconds,
    output: watched.output,
    processes: watched.logs.length,
    whole: !watched.logsFull,
    added: [],
  };
}

/** A library that is found under another name is not mapped again: what is there in one of the places is not missing. */
async function stillMissing({ engine, signal }: Work, image: Image, unopened: readonly Unfound[]): Promise<Unfound[]> {
  const paths = [...new Set(unopened.flatMap(({ tried }) => tried))];
  if (paths.length === 0) return [];
  const questions = { purge: [], libraryPath: "", preload: "", files: [], programs: paths };
  const answers = await askFiles(engine, image, questions, signal);
  const there = new Set(paths.filter((_, index) => answers?.programs[index]?.there === true));
  return unopened.filter(({ tried }) => tried.length > 0 && !tried.some((path) => there.has(path)));
}

type Found = Unopened & { readonly key: string | null };

/** What the builders have of it, and of which package. Nothing that a builder does not have either is a lack of the line. */
async function inBuilders(work: Work, missing: readonly Unfound[]): Promise<Found[]> {
  const { engine, plan, request, signal, examination } = work;
  const paths = [...new Set(missing.flatMap(({ tried }) => tried))].sort(compareNames);
  const known = new Map<string, { path: string; key: string; crossRelease: boolean }>();
  for (const stage of plan.builders) {
    const scene = examination.scene.builders.find(({ stage: name }) => name === (stage.name ?? String(stage.index)));
    const image = await buildStage(engine, request, stage, signal);
    try {
      const seen = openImage(
        await look(
          engine,
          image,
          { artifactPaths: [], folders: [], paths, askLoader: false, searchStrings: false },
          signal,
        ),
        "builder",
      );
      for (const path of paths) {
        const key = isFile(seen, path) ? seen.ownerOf(path).package : null;
        if (key !== null && !known.has(path))
          known.set(path, { path, key, crossRelease: scene?.crossRelease === true });
      }
    } finally {
      await image.release();
    }
  }
  return missing.map(({ name, by, tried }): Found => {
    const found = tried.flatMap((path) => known.get(path) ?? [])[0];
    if (found === undefined) return { name, by, package: null, builderPath: null, key: null };
    const key = found.crossRelease ? otherRelease(name, work, parseKey(found.key).architecture) : found.key;
    const { architecture, misread } = examination.scene;
    const word = key === null || misread(parseKey(key).name) !== null ? null : aptWord(key, architecture);
    // A library of the builder's own development packages is nothing that a runtime asks for by intention.
    const development = parseKey(found.key).name.endsWith("-dev");
    return { name, by, package: development ? null : word, builderPath: found.path, key: development ? null : key };
  });
}

/** Names do not carry over to another release: its table is asked for the soname. */
function otherRelease(name: string, { input }: Work, architecture: string): string | null {
  const answer = input.knowledge.lookup(basename(name));
  const [first] = answer.kind === "packages" ? answer.names : [];
  return first === undefined ? null : `${first}:${architecture}`;
}

function isFile(image: LookedAtImage, path: string): boolean {
  const found = realPathOf(image.view, path);
  return found.status === "found" && found.entry?.type === "file";
}

const told = ({ name, by, package: word, builderPath }: Found): Unopened => ({ name, by, package: word, builderPath });

/** The packages of what is lacking; a program that was called by its name is found on PATH again. */
function reasonsOf(
  { examination }: Work,
  found: readonly Found[],
  pathFolders: readonly string[],
): ReadonlyMap<string, readonly Reason[]> {
  const reasons = new Map<string, Reason[]>();
  const artifactOf = artifactFinder(examination, pathFolders);
  for (const { key, by, name, builderPath } of found) {
    if (key === null) continue;
    const chain = [{ soname: name, path: builderPath }];
    const reason: Reason = { artifact: artifactOf(by), kind: "observed", chain };
    reasons.set(key, [...(reasons.get(key) ?? []), reason]);
  }
  return reasons;
}

/** Whose file each opened library is, by the image's dpkg. */
async function ownersOf(
  { engine, signal }: Work,
  image: Image,
  opened: readonly { readonly path: string; readonly by: string }[],
  brought: ReadonlySet<string> | null,
): Promise<Opened[]> {
  const paths = opened.flatMap(({ path }) => (path.startsWith("/") ? [path] : []));
  if (paths.length === 0) return [];
  const request = { artifactPaths: [], folders: [], paths, askLoader: false, searchStrings: false };
  const seen = openImage(await look(engine, image, request, signal), "base");
  return opened.map(({ path, by }) => {
    const key = path.startsWith("/") ? seen.ownerOf(path).package : null;
    const name = key === null ? null : aptWord(key, seen.architecture);
    return { path, by, package: name, brought: name === null || brought === null || brought.has(name) };
  });
}
