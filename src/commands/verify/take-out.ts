import { MsbDepsError } from "../../base/errors.ts";
import { isAptWord, simulateApt } from "../../look/simulate-apt.ts";
import type { MemberProof, Trouble } from "../../proof/model.ts";
import { type Member, planRemoval } from "../../proof/removals.ts";
import type { AptList, AptSimulation } from "../../snapshot/apt.ts";
import type { VerifiedList } from "./apt-lists.ts";
import { buildWithLine, buildWithoutWord } from "./images.ts";
import { type JudgedImage, judgeImage } from "./judge-image.ts";
import type { Work } from "./work.ts";

/** What apt would install for a list, and for it without each of its words, in their order. */
export interface Simulations {
  readonly whole: AptSimulation;
  readonly without: readonly AptSimulation[];
  /** For other lists that were asked about at once. */
  readonly others: readonly AptSimulation[];
}

/** Asks apt in the runtime base once for all. */
export async function simulate(
  work: Work,
  { members, recommends }: Pick<VerifiedList, "members" | "recommends">,
  others: readonly AptList[],
): Promise<Simulations> {
  const words = members.map(({ word }) => word);
  const strange = words.find((word) => !isAptWord(word));
  if (work.base === null || strange !== undefined) {
    throw new MsbDepsError("apt-failed", `cannot ask apt about ${strange ?? "an image from scratch"}.`, {
      hint: "Omit --irreducible.",
    });
  }
  const lists: AptList[] = [
    { words, recommends },
    ...(work.own.irreducible ? words.map((word) => ({ words: words.filter((one) => one !== word), recommends })) : []),
  ];
  const { engine, base, examination, signal } = work;
  const answers = await simulateApt(engine, base, [...lists, ...others], examination.scene.architecture, signal);
  const [whole = { kind: "refused", reason: "" }, ...rest] = answers;
  return { whole, without: rest.slice(0, lists.length - 1), others: answers.slice(lists.length) };
}

/** Takes each word of a list out in turn, and asks whether all still resolves. */
export async function takeOutEach(
  work: Work,
  list: VerifiedList,
  simulations: Simulations,
  judged: JudgedImage,
): Promise<MemberProof[]> {
  const { whole } = simulations;
  if (whole.kind === "refused") {
    throw new MsbDepsError("apt-failed", `apt in the runtime base rejects the list: ${whole.reason}`, {
      hint: "The image came from the engine's build cache, and the archive has changed since. Build it with --no-cache.",
    });
  }
  const proofs: MemberProof[] = [];
  for (const [index, member] of list.members.entries()) {
    const without = simulations.without[index] ?? { kind: "refused", reason: "" };
    proofs.push(await takeOut(work, list, member, planRemoval(whole.installs, without), judged));
  }
  return proofs;
}

async function takeOut(
  work: Work,
  list: VerifiedList,
  member: Member,
  removal: ReturnType<typeof planRemoval>,
  judged: JudgedImage,
): Promise<MemberProof> {
  const { way, gone } = removal;
  const proof = { package: member.word, gone, broken: 0, example: null, reason: null };
  if (way === "nothing") return { ...proof, verdict: "removable", how: "simulated" };
  if (member.exempt !== null) return { ...proof, verdict: "not-provable", how: null, reason: member.exempt };
  if (way === "refused") return { ...proof, verdict: "unknown", how: null, reason: removal.reason };
  const purged = way === "purge" ? await judged.without(gone) : null;
  if (purged !== null) return { ...proof, how: "purged", ...verdictOf(purged) };
  const built = await builtWithout(work, list, member, judged);
  if (built === null) return { ...proof, verdict: "unknown", how: null, reason: "not-literal" };
  return { ...proof, how: "built", ...verdictOf(built) };
}

function verdictOf(troubles: readonly Trouble[]): Pick<MemberProof, "verdict" | "broken" | "example"> {
  const [example = null] = troubles;
  const broken = new Set(troubles.map(({ path }) => path)).size;
  return { verdict: example === null ? "removable" : "needed", broken, example };
}

/** What no longer resolves in an image built without a word; null where it cannot be taken out of the Dockerfile. */
async function builtWithout(
  work: Work,
  list: VerifiedList,
  { word }: Member,
  judged: JudgedImage,
): Promise<readonly Trouble[] | null> {
  const place = list.places.get(word);
  if (work.own.current && place === undefined) return null;
  const rest = list.members.flatMap((one) => (one.word === word ? [] : [one.word]));
  const { image, filesMayLack } =
    place === undefined
      ? await buildWithLine(work, rest)
      : { image: await buildWithoutWord(work, place.start, place.end), filesMayLack: false };
  try {
    return judged.newTroubles((await judgeImage(work, image, filesMayLack)).judgement);
  } finally {
    await image.release();
  }
}
