import type { Package, Reason } from "../analysis/model.ts";
import { implies, reduce } from "../debian/reduce.ts";
import { aptWord } from "../debian/words.ts";
import type { AptPackageWord, Stage } from "../dockerfile/plan.ts";
import { type Identity, identify } from "./identity.ts";
import type { AuditInput } from "./input.ts";
import type { InstallList } from "./listed.ts";
import { neededAs, type Witness, witnessOf } from "./witnesses.ts";

/** What the audit came to for a word of the list. */
export interface Verdict {
  readonly word: AptPackageWord;
  readonly identity: Identity;
  /** The base has it already, in a version that does. */
  readonly inBase: boolean;
  /** Listed packages that bring it anyway, as apt words; empty where there is none. */
  readonly impliedBy: readonly string[];
  /** What speaks for it; null: nothing does, or nobody looked. */
  readonly witness: Witness | null;
  /** The analysis' package that it is, or that it would do for. */
  readonly needed: Package | null;
}

/** Judges every word of the list. */
export function verdictsOf(list: InstallList, runtime: Stage | null, input: AuditInput): Verdict[] {
  const { world } = input.facts;
  const first = list.words.map((word) => {
    const identity = identify(word, input.facts);
    const needed = neededAs(identity, word, input);
    return { word, identity, needed, inBase: isInBase(word, identity, needed, input) };
  });
  const judged = first.map((one) => {
    const others = first.flatMap(({ identity, word }) => (word === one.word ? [] : [identity.name]));
    return { ...one, witness: witnessOf(one, others, runtime, input) };
  });
  const kept = judged.filter(({ inBase, witness }) => !inBase && witness !== null).map(({ identity }) => identity.key);
  const { implied } = reduce(kept, world);
  return judged.map((one) => {
    const { key } = one.identity;
    if (one.inBase) return { ...one, impliedBy: [] };
    // What nothing speaks for is still no waste where a package that stays brings it.
    const by = one.witness === null ? kept.filter((other) => implies([other], key, world)) : (implied.get(key) ?? []);
    return { ...one, impliedBy: by.map((other) => aptWord(other, world.known.architecture) ?? other) };
  });
}

/** A word that asks for another version than the base's, or that is needed in a newer one, is no repetition. */
function isInBase(word: AptPackageWord, { key }: Identity, needed: Package | null, { facts }: AuditInput): boolean {
  const there = facts.world.base.all.get(key);
  if (there === undefined || word.suite !== null || needed?.status === "upgrade") return false;
  return word.version === null || word.version === there.version;
}

/** The chains behind a package, as evidence. */
export function evidenceOf(reasons: readonly Reason[]): { artifact: string; chain: Reason["chain"] }[] {
  return reasons.map(({ artifact, chain }) => ({ artifact, chain }));
}
