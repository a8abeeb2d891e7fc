import type { Package, Reason } from "../analysis/model.ts";
import { closureOf } from "../debian/closure.ts";
import { reduce } from "../debian/reduce.ts";
import { aptWord } from "../debian/words.ts";
import type { AptPackageWord, Stage } from "../dockerfile/plan.ts";
import { stageChain } from "../dockerfile/select.ts";
import { type Identity, identify } from "./identity.ts";
import type { AuditInput } from "./input.ts";
import type { InstallList } from "./listed.ts";
import { neededAs, type Usage, usageOf } from "./usage.ts";

/** What the audit came to for a word of the list. */
export interface Verdict {
  readonly word: AptPackageWord;
  readonly identity: Identity;
  /** The base has it already, in a version that does; of a word below the runtime stage: the image that all begins with. */
  readonly inBase: boolean;
  /** A stage below the runtime stage installs it. */
  readonly below: boolean;
  /** Listed packages that bring it anyway, as apt words; empty where there is none. */
  readonly impliedBy: readonly string[];
  /** What speaks for it; null: nothing does, or nobody looked. */
  readonly usage: Usage | null;
  /** The analysis' package that it is, or that it would do for. */
  readonly needed: Package | null;
}

/** Judges every word of the list of a runtime stage and the stages below it, the lowest first. */
export function verdictsOf(list: InstallList, chain: readonly Stage[], input: AuditInput): Verdict[] {
  const { world } = input.facts;
  const stages = new Map(list.installs.flatMap(({ install, stage }) => install.packages.map((word) => [word, stage])));
  const first = list.words.map((word) => {
    const identity = identify(word, input.facts);
    const needed = neededAs(identity, word, input);
    const stage = stages.get(word) ?? null;
    const below = stage !== null && stage !== chain.at(-1);
    return { word, identity, needed, below, stage, inBase: isInBase(word, identity, needed, below, input) };
  });
  const listed = first.map(({ identity }) => identity.name);
  const judged = first.map(({ stage, ...one }) => {
    const users = one.below && stage !== null ? stagesOn(stage, input.plan) : chain;
    return { ...one, usage: usageOf(one, listed, { chain, users }, input) };
  });
  const kept = judged.filter(({ inBase, usage }) => !inBase && usage !== null).map(({ identity }) => identity.key);
  const { implied } = reduce(kept, world);
  const brought = new Map(kept.map((key) => [key, closureOf([key], world).must]));
  return judged.map((one) => {
    const { key } = one.identity;
    if (one.inBase) return { ...one, impliedBy: [] };
    // What nothing speaks for is still no waste where a package that stays brings it.
    const by = one.usage === null ? kept.filter((other) => brought.get(other)?.has(key)) : (implied.get(key) ?? []);
    return { ...one, impliedBy: by.map((other) => aptWord(other, world.known.architecture) ?? other) };
  });
}

/** A word that asks for another version than the base's, or that is needed in a newer one, is no repetition. */
function isInBase(
  word: AptPackageWord,
  { key }: Identity,
  needed: Package | null,
  below: boolean,
  { facts }: AuditInput,
): boolean {
  const there = below ? facts.root?.packages.all.get(key) : facts.world.base.all.get(key);
  if (there === undefined || word.suite !== null || needed?.status === "upgrade") return false;
  return word.version === null || word.version === there.version;
}

/** The stages that have what a stage installs: itself, and all that begin with it. */
function stagesOn(stage: Stage, { stages }: AuditInput["plan"]): readonly Stage[] {
  return stages.filter((other) => stageChain(stages, other).includes(stage));
}

/** The chains behind a package, as evidence. */
export function evidenceOf(reasons: readonly Reason[]): { artifact: string; chain: Reason["chain"] }[] {
  return reasons.map(({ artifact, chain }) => ({ artifact, chain }));
}
