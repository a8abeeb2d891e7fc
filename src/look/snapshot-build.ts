import { compareNames, sortByName } from "../base/names.ts";
import type { Steps } from "../base/steps.ts";
import type { Image } from "../engine/engine.ts";
import { MAX_TEXTS, moduleName } from "../snapshot/library-names.ts";
import { MAX_SCRIPT } from "../snapshot/shebang.ts";
import type { FileFact, ImageFacts, LookRequest, Snapshot } from "../snapshot/snapshot.ts";
import { noteReading } from "../snapshot/snapshot-view.ts";
import { Closure } from "./closure.ts";
import { dpkgFacts } from "./dpkg-facts.ts";
import type { Misses } from "./misses.ts";
import type { Observations } from "./observations.ts";
import { loaderQuestions } from "./questions.ts";
import { MAX_SEARCHED } from "./soname-strings.ts";
import { Tracker } from "./tracker.ts";

/** A snapshot, and what it would still need; only one without misses is whole. */
export interface Built {
  readonly snapshot: Snapshot;
  readonly misses: Misses;
}

/**
 * Makes the canonical snapshot of what was observed: the same bytes whatever way the observations came, as soon as
 * nothing is missing.
 */
export function* buildSnapshot(image: ImageFacts, request: LookRequest, observations: Observations): Steps<Built> {
  const tracker = new Tracker(observations);
  const closure = new Closure(tracker);
  yield* closure.look(request);
  const roots = request.artifactPaths.map((path) => closure.visit(path)).filter((path) => path !== null);
  const questions = request.askLoader
    ? yield* loaderQuestions(closure, tracker, observations, roots, image.architecture)
    : [];
  if (request.searchStrings) {
    yield* searchStrings(closure, tracker);
    yield* searchTexts(closure, tracker);
    keepScripts(closure, tracker);
  }
  yield;
  const dpkg = yield* dpkgFacts(closure, tracker, observations);
  const snapshot: Snapshot = {
    snapshotVersion: 1,
    image,
    osRelease: closure.osRelease,
    artifactPaths: [...request.artifactPaths],
    files: yield* sortedFacts(tracker),
    listed: sortByName([...tracker.listed], (path) => path),
    unreadable: sortByName(
      [...tracker.unreadable].map(([path, reason]) => ({ path, reason })),
      ({ path }) => path,
    ),
    questions,
    loaderCache: closure.loaderCache === null ? null : Buffer.from(closure.loaderCache).toString("base64"),
    dpkg,
  };
  return { snapshot, misses: tracker.misses };
}

/** Searches the artifacts, in the order of their paths, as long as they fit into what is searched of one image. */
function* searchStrings(closure: Closure, tracker: Tracker): Steps<void> {
  let left = MAX_SEARCHED;
  const dynamic = new Map(closure.elfArtifacts.flatMap(({ path, facts }) => (facts.dynamic ? [[path, facts]] : [])));
  for (const [path, facts] of [...dynamic].sort(([a], [b]) => compareNames(a, b))) {
    yield;
    const bytes = tracker.searchedBytes(path, tracker.facts.get(path)?.size ?? 0);
    if (bytes > left) continue;
    left -= bytes;
    tracker.keepStrings(path, new Set([...facts.needed, facts.soname ?? ""]));
  }
}

/** Paths of libraries that texts name, each of which is looked at. */
export const MAX_PATHS_IN_TEXTS = 1000;

/** Searches the texts among the artifacts, in the order of their paths, as long as they fit. */
function* searchTexts(closure: Closure, tracker: Tracker): Steps<void> {
  const { texts, elfArtifacts } = closure;
  const modules = new Set(elfArtifacts.flatMap(({ path }) => moduleName(path) ?? []));
  const paths = new Set<string>();
  let left = MAX_TEXTS;
  for (const path of [...texts].sort(compareNames)) {
    yield;
    const size = tracker.facts.get(path)?.size ?? 0;
    if (size > left) continue;
    left -= size;
    tracker.keepMentions(path, modules);
    for (const name of tracker.facts.get(path)?.sonameStrings ?? []) {
      if (!name.startsWith("/") || name.includes("*") || paths.size >= MAX_PATHS_IN_TEXTS) continue;
      paths.add(name);
      closure.visit(name);
    }
  }
}

/** What is kept of the shell scripts of one image. */
export const MAX_SCRIPTS = 2 * 1024 * 1024;

/** Keeps the shell scripts among the artifacts whole, in the order of their paths, as long as they fit. */
function keepScripts(closure: Closure, tracker: Tracker): void {
  let left = MAX_SCRIPTS;
  for (const path of [...closure.shellScripts].sort(compareNames)) {
    const size = tracker.facts.get(path)?.size ?? 0;
    if (size > MAX_SCRIPT || size > left) continue;
    left -= size;
    tracker.keepWhole(path, size, MAX_SCRIPT);
  }
}

/** By path, with pauses between the parts of the work; what was never changed has its fields in order. */
function* sortedFacts(tracker: Tracker): Steps<FileFact[]> {
  const facts = [...tracker.facts.values()];
  yield;
  sortByName(facts, ({ path }) => path);
  yield;
  const isPlain = ({ ranges, sonameStrings, imports, archive, inside }: FileFact): boolean =>
    [ranges, sonameStrings, imports, archive, inside].every((field) => field === undefined);
  return facts.map((fact) => {
    if (isPlain(fact)) return fact;
    const ordered = orderFact(fact);
    const content = tracker.content(fact.path);
    if (content?.kind === "elf" && ordered.ranges !== undefined) noteReading(ordered, content);
    return ordered;
  });
}

/** Fields in one order, for stable bytes. */
function orderFact(fact: FileFact): FileFact {
  const { path, type, mode, uid, gid, size, target, ranges, sonameStrings, openers, imports, archive, inside } = fact;
  return {
    path,
    type,
    mode,
    uid,
    gid,
    size,
    ...(target === undefined ? {} : { target }),
    ...(ranges === undefined ? {} : { ranges }),
    ...(sonameStrings === undefined ? {} : { sonameStrings }),
    ...(openers === undefined ? {} : { openers }),
    ...(imports === undefined ? {} : { imports }),
    ...(archive === undefined ? {} : { archive }),
    ...(inside === undefined ? {} : { inside }),
  };
}

/** What a snapshot says of its image. */
export function imageFacts(image: Image): ImageFacts {
  const { env, workingDir, user, entrypoint, cmd } = image.config;
  const { os, architecture, variant } = image;
  return { os, architecture, variant, env, workingDir, user, entrypoint, cmd };
}
