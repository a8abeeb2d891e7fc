import { compareNames } from "../base/names.ts";
import { bothSpellings, ownedPath } from "../debian/spellings.ts";
import { isLoadable, loaderPath, openedPaths, questionKey, withoutAddresses } from "../loader/loaders.ts";
import type { LoaderQuestion } from "../snapshot/snapshot.ts";
import type { Closure, ElfArtifact } from "./closure.ts";
import type { Observations } from "./observations.ts";
import type { Tracker } from "./tracker.ts";

/**
 * The distinct questions about the artifacts and what the loader said to them. The loader is only run where it is the
 * distribution's own: a package has it, and it lies in no artifact.
 */
export function loaderQuestions(
  closure: Closure,
  tracker: Tracker,
  observations: Observations,
  artifactRoots: readonly string[],
  architecture: string,
): LoaderQuestion[] {
  const owned = new Set([...observations.ownerLines()].map(ownedPath));
  const groups = groupByQuestion(closure.elfArtifacts);
  const questions = groups.map((files): LoaderQuestion => {
    const [first] = files;
    const asked = first?.path ?? "";
    const loader = first === undefined ? "" : loaderPath(first.facts);
    const paths = files.map(({ path }) => path);
    const reason = whyNotRun(loader, closure, tracker, { artifactRoots, architecture, owned });
    const answer = reason === null ? observations.answer(loader, asked) : undefined;
    if (reason === null && answer === undefined)
      tracker.misses.asks.set(`${loader}\0${asked}`, { loader, file: asked });
    // Why a program could not be started is told differently by every way of starting it.
    if (answer === undefined || answer.exit === null) {
      return { asked, files: paths, loader, exit: null, output: "", errors: reason ?? "it cannot be run" };
    }
    const output = withoutAddresses(answer.output);
    return { asked, files: paths, loader, exit: answer.exit, output, errors: answer.errors };
  });
  for (const { output } of questions) {
    for (const path of openedPaths(output)) {
      closure.owned.add(path);
      closure.visit(path);
    }
  }
  closure.followSearchPaths();
  return questions.sort((a, b) => compareNames(a.asked, b.asked));
}

function groupByQuestion(artifacts: readonly ElfArtifact[]): ElfArtifact[][] {
  const groups = new Map<string, ElfArtifact[]>();
  const seen = new Set<string>();
  for (const artifact of [...artifacts].sort((a, b) => compareNames(a.path, b.path))) {
    if (!isLoadable(artifact.facts) || seen.has(artifact.path)) continue;
    seen.add(artifact.path);
    const key = questionKey(artifact.facts, artifact.path);
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

/** The machines whose programs an architecture's kernels run themselves, by Docker's names; what is not here is tried. */
const RUNS: Readonly<Record<string, readonly string[]>> = {
  amd64: ["x86-64", "386"],
  "386": ["386"],
  arm64: ["aarch64", "arm"],
  arm: ["arm"],
  ppc64le: ["ppc64"],
  s390x: ["s390"],
  riscv64: ["riscv"],
};

function whyNotRun(
  loader: string,
  closure: Closure,
  tracker: Tracker,
  { artifactRoots, architecture, owned }: Circumstances,
): string | null {
  closure.owned.add(loader);
  const real = closure.visit(loader);
  if (real === null || tracker.facts.get(real)?.type !== "file") return "it is not in the image";
  const inside = artifactRoots.some((root) => root !== "/" && (real === root || real.startsWith(`${root}/`)));
  if (inside) return "it is among the artifacts";
  const content = tracker.content(real);
  const runs = RUNS[architecture];
  // Not just of no use: execvp(3), by which everything is started, would have a shell read the file as its script.
  if (content?.kind === "elf" && runs?.includes(content.facts.machine) === false) return "it is for another machine";
  const names = [loader, real].flatMap(bothSpellings);
  if (names.some((name) => owned.has(name))) return null;
  return "no package owns it";
}
