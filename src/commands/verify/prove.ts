import { examination } from "../../analysis/analyze.ts";
import type { Analysis, Reason } from "../../analysis/model.ts";
import { MsbDepsError } from "../../base/errors.ts";
import { finishPaced } from "../../base/steps.ts";
import { aptWord } from "../../debian/words.ts";
import type { LeftOut } from "../../dockerfile/line-stage.ts";
import type { Image } from "../../engine/engine.ts";
import type { MemberProof, NamedInstall, Proof, RunProof } from "../../proof/model.ts";
import type { AptInstallation, AptList } from "../../snapshot/apt.ts";
import { ourList, presentList, type VerifiedList } from "./apt-lists.ts";
import { buildCurrent, buildWithLine } from "./images.ts";
import { type JudgedImage, judgeImage } from "./judge-image.ts";
import { observeRun } from "./observe-run.ts";
import { type Simulations, simulate, takeOutEach } from "./take-out.ts";
import type { Work } from "./work.ts";

/** A proof, and the analysis whose line it is about: `--add-observed` may have added to it. */
export interface Proved {
  readonly analysis: Analysis;
  readonly proof: Proof;
}

/** What is opened by a library that was added is seen only once that is there; so often it is gone for. */
const MAX_ROUNDS = 4;

/**
 * Builds the image and proves it; with `--add-observed` again with what a run showed to be lacking, until nothing is.
 * Every image is released.
 */
export async function prove(work: Work): Promise<Proved> {
  let current = work;
  const observed = new Map<string, readonly Reason[]>();
  for (let round = 1; ; round += 1) {
    const added = addedWords(observed, current);
    const { proof, lacking } = await proveOnce(current, added);
    const fresh = [...lacking].filter(([key]) => !observed.has(key));
    if (!work.own.addObserved || fresh.length === 0 || round === MAX_ROUNDS)
      return { analysis: current.examination.analysis, proof };
    for (const [key, reasons] of fresh) observed.set(key, reasons);
    const input = { ...work.input, observed };
    current = { ...work, input, examination: await finishPaced(examination(input), work.signal) };
  }
}

function addedWords(observed: ReadonlyMap<string, unknown>, { examination }: Work): string[] {
  const { install } = examination.analysis;
  const words = [...observed.keys()].flatMap((key) => aptWord(key, examination.scene.architecture) ?? []);
  return words.filter((word) => install.includes(word)).sort();
}

async function proveOnce(work: Work, added: readonly string[]) {
  const { own, base } = work;
  const list = own.current ? presentList(work) : ourList(work);
  const words = list.members.map(({ word }) => word);
  const { image, copied, leftOut, filesMayLack } = own.current
    ? await buildCurrent(work)
    : await buildWithLine(work, words);
  try {
    const judged = await judgeImage(work, image, filesMayLack);
    const { judgement } = judged;
    const apt = await askApt(work, list);
    const run = own.run === null ? null : await runIn(work, image, broughtBy(work, apt), leftOut);
    const tried = own.irreducible && apt !== null ? await takeOutEach(work, list, apt, judged) : [];
    const members = tried.map((member) => heedRun(member, run?.proof ?? null));
    const proof: Proof = {
      mode: own.current ? "current" : "line",
      sufficient: judgement.sufficient,
      irreducible: own.irreducible ? irreducible(members, list, judged) : null,
      line: words,
      asked: judgement.asked,
      unresolved: judgement.unresolved,
      differs: judgement.differs,
      exempt: judgement.exempt,
      unproved: judgement.unproved,
      members,
      removable: named(members, "removable"),
      notProvable: named(members, "not-provable"),
      unread: list.unread,
      copied,
      leftOut,
      run: run === null ? null : { ...run.proof, added },
      imageBytes: image.bytes,
      baseBytes: base?.bytes ?? null,
      named: apt === null ? null : namedInstall(apt),
    };
    return { proof, lacking: run?.lacking ?? new Map<string, readonly Reason[]>() };
  } finally {
    await image.release();
  }
}

/** Runs the command; if its user is missing, a RUN that was left out may have created it. */
function runIn(work: Work, image: Image, brought: ReadonlySet<string> | null, leftOut: readonly LeftOut[]) {
  return observeRun(work, image, brought).catch((error: unknown) => {
    const user = error instanceof MsbDepsError ? /unable to find user ([^\s:]+)/.exec(error.message)?.[1] : undefined;
    const runs = leftOut.filter(({ keyword }) => keyword === "RUN").map(({ line }) => `line ${line}`);
    if (user === undefined || runs.length === 0) throw error;
    throw new MsbDepsError("run-failed", `cannot run the command of --run: the image has no user ${user}.`, {
      hint: `The image with the computed line is built without the RUN in ${runs.join(", ")}, which may create it. Use --current to run the stage as it is written.`,
      cause: error,
    });
  });
}

/**
 * Asks apt, which takes seconds and network: for `--irreducible`, and for what of the present list our line would not
 * bring. Null where nobody wants to know, or nobody can be asked.
 */
async function askApt(work: Work, list: VerifiedList): Promise<Simulations | null> {
  const { own, base, examination } = work;
  const wanted = own.irreducible || (own.current && own.run !== null);
  if (!wanted || base === null || examination.scene.copyOnly) return null;
  const others: AptList[] = [
    { words: namedByLdd(examination.analysis, examination.scene.architecture), recommends: false },
    { words: examination.analysis.install, recommends: false },
  ];
  try {
    return await simulate(work, list, others);
  } catch (error) {
    // To say which packages are not of our line is a comfort of a run, not worth its end.
    if (own.irreducible || work.signal.aborted || !(error instanceof MsbDepsError)) throw error;
    return null;
  }
}

/** Every package that ldd names, whoever else brings it. */
function namedByLdd({ packages }: Analysis, architecture: string): string[] {
  return packages
    .filter(({ status }) => status !== "unavailable")
    .flatMap((item) => aptWord(`${item.name}:${item.architecture}`, architecture) ?? []);
}

function namedInstall({ others }: Simulations): NamedInstall | null {
  const [all, ours] = others;
  if (all?.kind !== "done" || ours?.kind !== "done") return null;
  const key = ({ name, version }: AptInstallation): string => `${name}=${version}`;
  const has = new Set(ours.installs.map(key));
  const more = all.installs.filter((one) => !has.has(key(one)));
  return { packages: more.map(({ name }) => name).sort(), bytes: more.reduce((sum, one) => sum + (one.bytes ?? 0), 0) };
}

/** The names of all that the base and our line bring; null where apt was not asked. */
function broughtBy({ examination }: Work, apt: Simulations | null): ReadonlySet<string> | null {
  const ours = apt?.others[1];
  if (ours?.kind !== "done" || examination.scene.base === null) return null;
  const { installed, architecture } = examination.scene.base;
  const base = [...installed.set.all.keys()].flatMap((key) => aptWord(key, architecture) ?? []);
  return new Set([...base, ...ours.installs.map(({ name }) => name)]);
}

/** A package whose libraries a run opened is not to be removed because the loader does not ask for it. */
function heedRun(member: MemberProof, run: RunProof | null): MemberProof {
  const isOpened = run?.opened.some((one) => one.package !== null && member.gone.includes(one.package)) === true;
  if (member.verdict !== "removable" || !isOpened) return member;
  return { ...member, verdict: "not-provable", reason: "observed" };
}

/** Nothing is said of a line of which a part could not be read, or where nobody could be asked what breaks. */
function irreducible(members: readonly MemberProof[], list: VerifiedList, { judgement }: JudgedImage): boolean | null {
  if (members.some(({ verdict }) => verdict === "removable")) return false;
  const asked = judgement.asked.loader + judgement.asked.interpreters > 0 || list.members.length === 0;
  const whole =
    list.unread.length === 0 &&
    members.length === list.members.length &&
    members.every(({ verdict }) => verdict !== "unknown");
  return asked && whole ? true : null;
}

function named(members: readonly MemberProof[], verdict: MemberProof["verdict"]): string[] {
  return members.flatMap((member) => (member.verdict === verdict ? [member.package] : [])).sort();
}
