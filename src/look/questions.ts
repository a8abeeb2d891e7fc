import { compareNames, sortByName } from "../base/names.ts";
import { flatMapSteps, type Steps } from "../base/steps.ts";
import { bothSpellings, ownedPath } from "../debian/spellings.ts";
import type { ElfFacts, ElfReading } from "../elf/facts.ts";
import { type DefaultLookup, listingByLookup, readDefaultLookup } from "../loader/default-lookup.ts";
import { isLoadable, loaderPath, openedPaths, questionKey, withoutAddresses } from "../loader/loaders.ts";
import { type SeenFile, type TraceRefusal, traceRefusal } from "../loader/traceable.ts";
import type { FileFact, LoaderQuestion } from "../snapshot/snapshot.ts";
import type { Closure, ElfArtifact } from "./closure.ts";
import type { Misses } from "./misses.ts";
import type { Observations, RawAnswer } from "./observations.ts";
import type { Tracker } from "./tracker.ts";

/**
 * The distinct questions about the artifacts and what the loader said to them. The loader is only run where it is the
 * distribution's own (a package has it, and it lies in no artifact), and only for files whose code it cannot run.
 */
export function* loaderQuestions(
  closure: Closure,
  tracker: Tracker,
  observations: Observations,
  artifactRoots: readonly string[],
  architecture: string,
): Steps<LoaderQuestion[]> {
  const owned = new Set([...observations.ownerLines()].map(ownedPath));
  const refusal = yield* refusalOf(closure, tracker);
  const circumstances = { artifactRoots, architecture, owned };
  const groups = groupByQuestion(closure.elfArtifacts, refusal);
  const answerTo = answering(closure, tracker, observations);
  const questions = yield* flatMapSteps(groups, ([first, ...others]): LoaderQuestion => {
    const [asked, loader] = [first.path, loaderPath(first.facts)];
    const question = { asked, files: [asked, ...others.map(({ path }) => path)], loader: loader ?? "" };
    const reason = whyNotRun(loader, closure, tracker, circumstances) ?? refusal(first.facts);
    const answer = reason === null ? answerTo(first, question.loader) : undefined;
    // What was not inspected yet may be what must not be mapped: then the question waits for the next round.
    if (reason === null && answer === undefined && isInspected(tracker.misses))
      tracker.misses.asks.set(`${loader}\0${asked}`, { loader: question.loader, file: asked });
    // Why a program could not be started is told differently by every way of starting it.
    if (answer === undefined || answer.exit === null)
      return { ...question, exit: null, output: "", errors: reason ?? "it cannot be run" };
    return { ...question, exit: answer.exit, output: withoutAddresses(answer.output), errors: answer.errors };
  });
  for (const { output } of questions) {
    yield;
    for (const path of openedPaths(output)) {
      closure.owned.add(path);
      closure.visit(path);
    }
  }
  yield* closure.followSearchPaths();
  return questions.sort((a, b) => compareNames(a.asked, b.asked));
}

/** What the loader said about a file itself; else what follows from what it found for many names at once. */
function answering(
  closure: Closure,
  tracker: Tracker,
  observations: Observations,
): (artifact: ElfArtifact, loader: string) => RawAnswer | undefined {
  const lookups = new Map<string, DefaultLookup | null>();
  const lookupOf = (loader: string): DefaultLookup | null => {
    const known = lookups.get(loader);
    if (known !== undefined) return known;
    const raw = closure.preloaded.length > 0 ? undefined : observations.lookup(loader);
    const lookup = raw === undefined ? null : readDefaultLookup(raw.output, raw.errors);
    lookups.set(loader, lookup);
    return lookup;
  };
  const opened = (path: string): ElfFacts | null => {
    const real = closure.visit(path);
    const content = real === null ? undefined : tracker.content(real);
    return content?.kind === "elf" ? content.facts : null;
  };
  return ({ path, facts }, loader) => {
    const own = observations.answer(loader, path);
    const lookup = own === undefined ? lookupOf(loader) : null;
    const output = lookup === null ? null : listingByLookup(lookup, facts, loader, opened);
    return output === null ? own : { exit: 0, output, errors: "" };
  };
}

function isInspected({ stats, lists, reads }: Misses): boolean {
  return stats.size + lists.size + reads.size === 0;
}

/** By all that was seen of the image, libraries that the artifacts may load included. */
function* refusalOf(closure: Closure, tracker: Tracker): Steps<TraceRefusal> {
  const files = sortByName([...tracker.facts.values()], ({ path }) => path);
  return yield* traceRefusal(seenFiles(files, tracker), closure.preloaded);
}

function* seenFiles(files: readonly FileFact[], tracker: Tracker): Generator<SeenFile> {
  for (const { path, type, target = "", inside } of files) {
    // What is in an archive is no file that a loader could map.
    if (inside !== undefined) continue;
    const elf = (): ElfReading => {
      const content = tracker.content(path);
      return content === undefined || content.kind === "script" ? { kind: "not-elf" } : content;
    };
    yield { path, type, target, unread: tracker.unreadable.has(path), elf };
  }
}

type Group = [ElfArtifact, ...ElfArtifact[]];

function groupByQuestion(artifacts: readonly ElfArtifact[], refusal: TraceRefusal): Group[] {
  const groups = new Map<string, Group>();
  const seen = new Set<string>();
  for (const artifact of [...artifacts].sort((a, b) => compareNames(a.path, b.path))) {
    if (!isLoadable(artifact.facts) || seen.has(artifact.path)) continue;
    seen.add(artifact.path);
    // A file that is not asked about must not speak for those that are.
    const key = JSON.stringify([questionKey(artifact.facts, artifact.path), refusal(artifact.facts)]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [artifact]);
    else group.push(artifact);
  }
  return [...groups.values()];
}

interface Circumstances {
  readonly artifactRoots: readonly string[];
  /** Docker's name of the image's. */
  readonly architecture: string;
  readonly owned: ReadonlySet<string | null>;
}

/**
 * The machines whose programs an architecture's kernels run themselves, its own first, by Docker's names; what is not
 * here is tried.
 */
export const RUNS: Readonly<Record<string, readonly string[]>> = {
  amd64: ["x86-64", "386"],
  "386": ["386"],
  arm64: ["aarch64", "arm"],
  arm: ["arm"],
  ppc64le: ["ppc64"],
  s390x: ["s390"],
  riscv64: ["riscv"],
};

function whyNotRun(
  loader: string | null,
  closure: Closure,
  tracker: Tracker,
  { artifactRoots, architecture, owned }: Circumstances,
): string | null {
  if (loader === null) return "no loader is known for its machine";
  closure.owned.add(loader);
  const real = closure.visit(loader);
  if (real === null || tracker.facts.get(real)?.type !== "file") return "it is not in the image";
  const inside = artifactRoots.some((root) => root !== "/" && (real === root || real.startsWith(`${root}/`)));
  if (inside) return "it is among the artifacts";
  const content = tracker.content(real);
  if (content?.kind !== "elf") return "it is not an ELF file";
  const runs = RUNS[architecture];
  // Emulation (binfmt_misc) could run it on some machines: the same image would give different snapshots.
  if (runs?.includes(content.facts.machine) === false) return "it is for another machine";
  const names = [loader, real].flatMap(bothSpellings);
  if (names.some((name) => owned.has(name))) return null;
  return "no package owns it";
}
