import type { Analysis, Artifact, Library, Package, ReasonKind } from "../model.ts";
import type { Evidence } from "./evidence.ts";
import type { ArtifactTree, PackageStory, StoryStatus, TreeNode } from "./model.ts";
import { bareNode, reasonTrees } from "./reason-trees.ts";

/** What a report has of an analysis for these questions. */
export type ReportFacts = Evidence["analysis"] & Pick<Analysis, "install">;

const ASIDE: ReadonlySet<ReasonKind> = new Set(["interpreter", "preload", "observed", "requested", "recommended"]);

/**
 * A report made ready for questions. It names only what files of ours ask for themselves: what lies behind packages, the
 * dependencies between packages and everything that nothing asks for are not in it.
 */
export function reportEvidence(report: ReportFacts): Evidence {
  const words = aptWords(report);
  const wordOf = ({ name, architecture }: Package): string => {
    const foreign = `${name}:${architecture}`;
    return words.has(foreign) ? foreign : name;
  };
  const listed = new Map(report.packages.map((item) => [wordOf(item), item]));
  const statusOf = (word: string): StoryStatus => listed.get(word)?.status ?? "unknown";
  return {
    source: "report",
    analysis: report,
    *trees() {
      for (const artifact of report.artifacts) yield* artifactTrees(artifact, statusOf);
      yield* reasonTrees(report, ASIDE, wordOf);
    },
    packagesNamed: (name) =>
      [...listed].flatMap(([word, item]): ReturnType<Evidence["packagesNamed"]> => {
        if (word === name || item.name === name) return [{ word, matched: "name" }];
        return item.builderName === name ? [{ word, matched: "builder-name" }] : [];
      }),
    story: (word, matched) => story(word, matched, listed.get(word)),
    places: () => [],
    broughtBy: () => [],
    *names() {
      yield* listed.keys();
      for (const { path, libraries } of report.artifacts) {
        yield path;
        for (const { soname } of libraries) yield soname;
      }
    },
  };
}

/** The words that the report itself uses: only they tell which architecture is the native one. */
function aptWords({ install, artifacts }: ReportFacts): ReadonlySet<string> {
  const libraries = artifacts.flatMap((item) => item.libraries.flatMap((library) => library.package ?? []));
  return new Set([...install, ...libraries]);
}

function story(word: string, matched: PackageStory["matched"], item: Package | undefined): PackageStory {
  return {
    ...{ package: word, matched, status: item?.status ?? "unknown", asked: item !== undefined },
    sonames: item?.sonames ?? [],
    baseVersion: null,
    builderVersion: item?.builderVersion ?? null,
    candidateVersion: item?.candidateVersion ?? null,
    impliedBy: (item?.impliedBy ?? []).map((name) => ({ package: name, path: null })),
  };
}

/** A report has each soname once an artifact: its place hangs on who asks for it there. */
function artifactTrees(artifact: Artifact, statusOf: (word: string) => StoryStatus): ArtifactTree[] {
  const { path, pathBase64, stage, destinations, kind, libraries } = artifact;
  const own = { artifact: path, ...(pathBase64 === undefined ? {} : { pathBase64 }), stage, kind, match: false };
  const needs = nested(libraries, statusOf);
  return (destinations.length === 0 ? [null] : destinations).map((destination) => ({ ...own, destination, needs }));
}

function nested(libraries: readonly Library[], statusOf: (word: string) => StoryStatus): TreeNode[] {
  const paths = new Set(libraries.flatMap(({ runtimePath }) => runtimePath ?? []));
  const isTop = ({ askedBy, direct }: Library): boolean => direct || !paths.has(askedBy);
  const seen = new Set<Library>();
  const node = (library: Library): TreeNode => {
    seen.add(library);
    const { soname, path, runtimePath, via, searchPath, status, package: word } = library;
    const below = libraries.filter((one) => !isTop(one) && !seen.has(one) && one.askedBy === runtimePath);
    return {
      ...bareNode(soname),
      ...{ path: runtimePath, builderPath: path, via, searchPath, status, package: word },
      packageStatus: word === null ? null : statusOf(word),
      needs: below.map(node),
    };
  };
  const top = libraries.filter(isTop).map(node);
  // Libraries that ask for each other in a circle, as only a made-up report has them.
  return [...top, ...libraries.filter((library) => !seen.has(library)).map(node)];
}
