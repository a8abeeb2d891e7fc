import { compareNames } from "../../base/names.ts";
import { basename } from "../../base/paths.ts";
import { flatMapSteps, type Steps } from "../../base/steps.ts";
import type { Note } from "../model.ts";
import type { Evidence } from "./evidence.ts";
import type { ArtifactTree, PackageStory, TreeNode, Why } from "./model.ts";
import { onePath } from "./same-path.ts";

/** What a name means in a run or report, what asks for it, and what becomes of it. */
export function* why(evidence: Evidence, name: string): Steps<Why> {
  const { analysis, source } = evidence;
  const named = evidence.packagesNamed(name);
  const words = new Set(named.map(({ word }) => word));
  const isLibrary = fileTest(name);
  // A name that is a package's means that package, not a file that happens to have the same name.
  const test = words.size > 0 ? (node: TreeNode) => node.package !== null && words.has(node.package) : isLibrary;
  const trees = yield* flatMapSteps(evidence.trees(), (tree) =>
    matched(tree, test, words.size === 0 && isArtifact(tree, name)),
  );
  const places = words.size > 0 ? [] : evidence.places(name);
  // What an artifact loads tells the owner; else those of the files of that name.
  const owners = trees.length > 0 ? [] : places.flatMap((place) => place.package ?? []);
  const packages = stories(evidence, named, trees, owners);
  const brought = packages.some(({ status, matched: how }) => how !== "owner" && IN_LINE.has(status));
  const needed = trees.length > 0 || brought;
  const known = needed || packages.length > 0 || places.length > 0;
  return {
    ...{ whyVersion: 1, name, source, complete: analysis.complete, runtime: analysis.runtime, needed },
    ...{ packages, places, trees },
    ...mentions(evidence, name, new Set(packages.map((item) => item.package)), new Set(namesOf(trees))),
    broughtBy: known ? [] : evidence.broughtBy(name),
    similar: known ? [] : similar(evidence.names(), name),
  };
}

const IN_LINE: ReadonlySet<PackageStory["status"]> = new Set(["install", "upgrade", "implied"]);

/** Whether a node is a library or interpreter of a soname, file name or path. */
function fileTest(name: string): (node: TreeNode) => boolean {
  if (name.startsWith("/")) {
    const wanted = onePath(name);
    return ({ name: asked, path, realPath, builderPath }) =>
      asked === name || [path, realPath, builderPath].some((one) => one !== null && onePath(one) === wanted);
  }
  return ({ name: asked, path, realPath }) =>
    asked === name || [asked, path, realPath].some((one) => one !== null && basename(one) === name);
}

function isArtifact({ artifact, destination, kind }: ArtifactTree, name: string): boolean {
  if (kind === "preload") return artifact === name;
  const paths = [artifact, ...(destination === null ? [] : [destination])];
  return name.startsWith("/")
    ? paths.some((path) => onePath(path) === onePath(name))
    : paths.some((path) => basename(path) === name);
}

/** The tree of one artifact, cut back to the ways that lead to the name; whole where the artifact is the name itself. */
function matched(tree: ArtifactTree, test: (node: TreeNode) => boolean, itself: boolean): ArtifactTree[] {
  if (itself) return [{ ...tree, match: true }];
  const needs = tree.needs.flatMap((node) => cutBack(node, test));
  return needs.length === 0 ? [] : [{ ...tree, needs }];
}

function cutBack(node: TreeNode, test: (node: TreeNode) => boolean): TreeNode[] {
  const match = test(node);
  const needs = node.needs.flatMap((one) => cutBack(one, test));
  return match || needs.length > 0 ? [{ ...node, match, needs }] : [];
}

/** The packages asked for, and those that have the libraries or files asked for. */
function stories(
  evidence: Evidence,
  named: ReturnType<Evidence["packagesNamed"]>,
  trees: readonly ArtifactTree[],
  owners: readonly string[],
): PackageStory[] {
  const found = new Map(named.map(({ word, matched: how }) => [word, evidence.story(word, how)]));
  const inTrees = trees.flatMap((tree) => flat(tree.needs).flatMap((node) => (node.match ? (node.package ?? []) : [])));
  for (const word of [...inTrees, ...owners].sort(compareNames)) {
    if (!found.has(word)) found.set(word, evidence.story(word, "owner"));
  }
  const loaded = new Set(inTrees);
  return [...found.values()].map((item) =>
    // The loader comes to it, and nothing that is known of dependencies brings it: that is no proof that it is not needed.
    item.status === "not-needed" && loaded.has(item.package) ? { ...item, status: "unknown" } : item,
  );
}

function flat(nodes: readonly TreeNode[]): TreeNode[] {
  return nodes.flatMap((node) => [node, ...flat(node.needs)]);
}

function namesOf(trees: readonly ArtifactTree[]): string[] {
  return trees.flatMap((tree) => flat(tree.needs).flatMap((node) => (node.match ? [node.name] : [])));
}

/** What else the answer says of the name, its packages and its libraries. */
function mentions(
  { analysis }: Evidence,
  name: string,
  packages: ReadonlySet<string>,
  sonames: ReadonlySet<string>,
): Pick<Why, "missing" | "suggested" | "dropped" | "notes"> {
  const meant = (text: string): boolean => text === name || packages.has(text);
  return {
    missing: analysis.missing.filter(
      (item) =>
        item.name === name || sonames.has(item.name) || (item.hint?.kind === "misread" && meant(item.hint.package)),
    ),
    suggested: analysis.suggested.filter((item) => meant(item.package)),
    dropped: analysis.dropped.filter((item) => meant(item.package)),
    notes: analysis.notes.filter((note) => speaksOf(note, meant, name)),
  };
}

function speaksOf(note: Note, meant: (text: string) => boolean, name: string): boolean {
  if ("package" in note && meant(note.package)) return true;
  if ("soname" in note && note.soname === name) return true;
  return note.path === name || ("sonames" in note && note.sonames.includes(name));
}

/** How many names that are like it are told. */
const MAX_SIMILAR = 10;

function similar(names: Iterable<string>, name: string): string[] {
  const wanted = basename(name).toLowerCase();
  const stem = wanted.replace(/\.so(?:\..*)?$/, "").replace(/[\d.+-]+$/, "");
  const found = [...new Set(names)].filter((one) => stem.length > 2 && basename(one).toLowerCase().includes(stem));
  return found
    .sort((a, b) => a.length - b.length || compareNames(a, b))
    .slice(0, MAX_SIMILAR)
    .sort(compareNames);
}
