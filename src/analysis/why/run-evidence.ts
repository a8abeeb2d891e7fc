import { basename } from "../../base/paths.ts";
import { aptWord } from "../../debian/words.ts";
import type { Examination } from "../analyze.ts";
import type { ArtifactFile } from "../artifact-files.ts";
import { pathFields } from "../artifacts.ts";
import type { Need } from "../library-status.ts";
import type { ReasonKind } from "../model.ts";
import type { SonameLookup } from "../package-names.ts";
import type { ResolvedArtifact } from "../resolved.ts";
import type { BuilderScene } from "../scene.ts";
import type { Evidence } from "./evidence.ts";
import { filePlaces } from "./file-places.ts";
import { askedInterpreter, programInterpreter } from "./interpreter-nodes.ts";
import { loadTree, type TreeContext } from "./load-tree.ts";
import type { ArtifactTree, TreeNode } from "./model.ts";
import { PackageStories } from "./package-stories.ts";
import { reasonTrees } from "./reason-trees.ts";

/** Everything that a run saw, made ready for questions. */
export function runEvidence(examination: Examination, lookup: SonameLookup): Evidence {
  const { analysis, scene } = examination;
  const stories = new PackageStories(examination);
  return {
    source: "run",
    analysis,
    trees: () => runTrees(examination, stories, lookup),
    packagesNamed: (name) => stories.named(name),
    story: (word, matched) => stories.story(word, matched),
    places: (name) => filePlaces(name, scene),
    broughtBy(name) {
      const answer = name.includes("/") ? null : lookup(name);
      return answer?.kind === "packages" ? answer.names : [];
    },
    *names() {
      yield* stories.words();
      for (const { image, files } of scene.builders) {
        for (const { fact } of files) yield fact.path;
        for (const { path } of image.snapshot.files) if (/\.so(?:\.|$)/.test(path)) yield basename(path);
      }
    },
  };
}

/** Reasons that are no needs of an artifact's own. */
const ASIDE: ReadonlySet<ReasonKind> = new Set(["command", "depends", "preload", "observed", "kept", "recommended"]);

function* runTrees(examination: Examination, stories: PackageStories, lookup: SonameLookup): Generator<ArtifactTree> {
  const { analysis, scene, resolved, answer } = examination;
  const context: TreeContext = {
    scene,
    destination: resolved.destination,
    provision: resolved.provision,
    lookup,
    inBase: (key) => answer.reduction.base.includes(key),
    statusOf: (word) => stories.status(word),
  };
  const needs = grouped(examination.needs, ({ artifact }) => artifact);
  const interpreters = grouped(examination.interpreters, ({ file }) => file);
  const loaded = grouped(resolved.artifacts, ({ file }) => file);
  for (const builder of scene.builders) {
    for (const file of builder.files) {
      const asked = interpreters.get(file) ?? [];
      for (const path of builder.destinations.get(file.fact.path) ?? [null]) {
        const at = path ?? file.fact.path;
        const artifact = (loaded.get(file) ?? []).find((one) => one.path === at);
        yield tree(builder, file, path, [
          ...(artifact === undefined ? [] : ofArtifact(artifact, needs.get(artifact) ?? [], context)),
          ...asked.filter((need) => need.path === at).map((need) => askedInterpreter(need, context)),
        ]);
      }
    }
  }
  yield* reasonTrees(analysis, ASIDE, ({ name, architecture }) => {
    return aptWord(`${name}:${architecture}`, scene.architecture) ?? name;
  });
}

function ofArtifact(artifact: ResolvedArtifact, needs: readonly Need[], context: TreeContext): TreeNode[] {
  return [...loadTree(artifact, needs, context), ...programInterpreter(artifact, context)];
}

function tree(
  { stage }: BuilderScene,
  { fact, kind }: ArtifactFile,
  destination: string | null,
  needs: readonly TreeNode[],
): ArtifactTree {
  const { path: artifact, ...base64 } = pathFields(fact.path);
  return { artifact, ...base64, stage, destination, kind, match: false, needs };
}

function grouped<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): ReadonlyMap<Key, readonly Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
