import { compareNames } from "../base/names.ts";
import type { Steps } from "../base/steps.ts";
import type { MissingVersion } from "../loader/versions.ts";
import { chainOf, chainOfVersion } from "./chains.ts";
import type { InterpreterNeed } from "./interpreters.ts";
import type { Need } from "./library-status.ts";
import {
  absentHint,
  interpreterHint,
  libraryHint,
  misplacedHint,
  type SonameKnowledge,
  versionHint,
} from "./missing-hints.ts";
import type { ChainLink, Missing, MissingHint } from "./model.ts";
import { nameOfProvided, type PackageName } from "./package-names.ts";
import type { ResolvedArtifact, ResolvedScene } from "./resolved.ts";
import type { Scene } from "./scene.ts";

type Item = Omit<Missing, "requiredBy" | "chains">;

/** The library has no package that a line could name. */
const NOWHERE: ReadonlySet<PackageName["kind"]> = new Set(["absent", "unavailable", "stripped", "misread"]);

/** What the artifacts ask for and nothing brings, each with all that ask for it. */
export function* findMissing(
  resolved: ResolvedScene,
  needs: readonly Need[],
  interpreters: readonly InterpreterNeed[],
  knowledge: SonameKnowledge,
): Steps<Missing[]> {
  const found = new Collection();
  for (const need of needs) {
    yield;
    const artifact = need.artifact.file.fact.path;
    if (need.status === "missing" && need.plugin !== "optional")
      found.add(missingLibrary(need, knowledge, resolved.scene), artifact, chainOf(need), need.plugin === "unproved");
    if (need.status !== "package" || need.provided === null) continue;
    const name = nameOfProvided(need.provided, resolved.scene, knowledge.lookup);
    if (NOWHERE.has(name.kind)) {
      const hint = absentHint(need, name, resolved.scene, knowledge);
      found.add(
        { kind: "library", name: need.result.soname, version: null, providedBy: null, hint },
        artifact,
        chainOf(need),
      );
    }
  }
  for (const artifact of resolved.artifacts) {
    yield;
    for (const lack of artifact.versions) {
      found.add(
        missingVersion(artifact, lack, resolved.scene),
        artifact.file.fact.path,
        chainOfVersion(artifact, lack),
      );
    }
    const { interpreter } = artifact.resolution;
    if (interpreter?.status === "missing" && interpreter.named)
      found.add(missingInterpreter(interpreter.path, null), artifact.file.fact.path, []);
  }
  for (const need of interpreters) {
    if (need.status !== "missing" && need.status !== "unowned") continue;
    found.add(missingInterpreter(need.name, interpreterHint(need, resolved.scene)), need.file.fact.path, []);
  }
  return found.sorted();
}

function missingLibrary(need: Need, knowledge: SonameKnowledge, scene: Scene): Item {
  const name = need.result.soname;
  if (need.misplaced !== null) {
    return {
      kind: "misplaced",
      name,
      version: null,
      providedBy: need.misplaced,
      hint: misplacedHint(need.misplaced, scene),
    };
  }
  const hint = libraryHint(need, scene, knowledge);
  const entry = need.artifact.choices.find(({ soname }) => soname === name)?.entry;
  const others = entry?.soname.filter((one) => one !== name) ?? [];
  const item: Item = { kind: "library", name, version: null, providedBy: null, hint };
  return others.length === 0 ? item : { ...item, alternatives: others };
}

function missingVersion(artifact: ResolvedArtifact, lack: MissingVersion, scene: Scene): Item {
  const { file: name, version, providedByPath: providedBy } = lack;
  return { kind: "version", name, version, providedBy, hint: versionHint(artifact, lack, scene) };
}

function missingInterpreter(name: string, hint: MissingHint | null): Item {
  return { kind: "interpreter", name, version: null, providedBy: null, hint };
}

interface Collected {
  readonly item: Item;
  readonly chains: Map<string, readonly ChainLink[]>;
  /** Only plugins ask for it. */
  isOfPlugins: boolean;
}

/** Items of one kind and name, put together. */
class Collection {
  readonly #items = new Map<string, Collected>();

  add(item: Item, artifact: string, chain: readonly ChainLink[], byPlugin = false): void {
    const key = JSON.stringify([item.kind, item.name, item.version, item.providedBy]);
    const known = this.#items.get(key) ?? { item, chains: new Map(), isOfPlugins: true };
    known.isOfPlugins &&= byPlugin;
    this.#items.set(key, known);
    const whole = [{ soname: artifact, path: artifact }, ...chain];
    const before = known.chains.get(artifact);
    if (before === undefined || before.length > whole.length) known.chains.set(artifact, whole);
  }

  sorted(): Missing[] {
    const order = [...this.#items].sort(([a], [b]) => compareNames(a, b));
    return order.map(([, { item, chains, isOfPlugins }]) => {
      const requiredBy = [...chains.keys()].sort(compareNames);
      return {
        ...item,
        kind: isOfPlugins ? "plugin" : item.kind,
        requiredBy,
        chains: requiredBy.map((artifact) => chains.get(artifact) ?? []),
      };
    });
  }
}
