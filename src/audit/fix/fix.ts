import type { Steps } from "../../base/steps.ts";
import type { AptPackageWord } from "../../dockerfile/plan.ts";
import type { Draft } from "../../dockerfile/rewrite/edit.ts";
import { draftOf } from "../../dockerfile/rewrite/edit.ts";
import { sameButPackages, skeletonOf } from "../../dockerfile/rewrite/same-but-packages.ts";
import { type Audit, audit as auditOf } from "../audit.ts";
import { type AuditCase, listPlace, openCase } from "../case.ts";
import type { Finding } from "../finding.ts";
import type { AuditInput } from "../input.ts";
import { spanOf } from "../span.ts";
import type { Change, FixLevel, Refusal } from "./model.ts";
import { addOptions, optionRefusal } from "./options.ts";
import {
  type Asked,
  additionRefusal,
  allInstalls,
  changeWords,
  copy,
  copyRefusal,
  install,
  ldconfig,
  type Read,
  type Stepped,
  wordRefusal,
} from "./steps.ts";
import { type Stuck, takeOutEmptied } from "./take-out.ts";
import { type No, no, type Wish, wishOf } from "./wishes.ts";

/** Looks at a text of the Dockerfile: what an audit of it starts from. */
export type Look = (text: string) => Steps<AuditInput>;

/** What a fix came to. */
export interface Fixed {
  /** The new text; the old one where nothing is to be changed. */
  readonly text: string;
  readonly changes: readonly Change[];
  readonly refusals: readonly Refusal[];
  /** The audit of the new text. */
  readonly audit: Audit;
  readonly input: AuditInput;
}

/** Each round mends findings of one kind and asks the rules again. */
const MAX_ROUNDS = 40;

/**
 * Replacements first, as they may bring what is missing; removals after that, as a command without words has no layout;
 * options last, of the commands that are left.
 */
const ORDER = ["replace", "install", "copy", "ldconfig", "remove", "option"] as const satisfies readonly Wish["kind"][];

/**
 * Rewrites a Dockerfile until the audit of it has nothing left that can be mended on a level with certainty. All but the
 * package words of install commands, the commands that are left without any, and whole instructions that are added, stays
 * byte for byte; fixing the result changes nothing more.
 */
export function fix(text: string, look: Look, read: Read, level: FixLevel): Steps<Fixed> {
  return rewrite(text, look, read, (audit, opened, refused) => sortOut(audit, opened, level, refused));
}

/**
 * Rewrites the list of the runtime stage, and of the stages that it begins with, so that it names just these packages, in the way
 * of {@link fix}. What cannot be changed is refused.
 */
export function setList(text: string, look: Look, read: Read, words: readonly string[]): Steps<Fixed> {
  return rewrite(text, look, read, (_, opened, refused) => listWishes(words, opened, refused));
}

/** What is to be done next, and what cannot be done. */
type Plan = { readonly asked: Asked[]; readonly refusals: Refusal[] };

function* rewrite(
  text: string,
  look: Look,
  read: Read,
  planned: (audit: Audit, opened: AuditCase, refused: ReadonlyMap<string, No>) => Plan,
): Steps<Fixed> {
  let draft = draftOf(text);
  const changes: Change[] = [];
  const refused = new Map<string, No>();
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const input = yield* look(draft.text);
    const audit = auditOf(input);
    const { asked, refusals } = planned(audit, openCase(input), refused);
    const kind = ORDER.find((one) => asked.some(({ wish }) => wish.kind === one));
    if (kind === undefined) return { text: draft.text, changes, refusals, audit, input };
    const wanted = asked.filter(({ wish }) => wish.kind === kind);
    const done = checkedStep(kind, draft, wanted, openCase(input), read);
    if ("reason" in done) for (const one of wanted) refused.set(keyOf(one.wish), done);
    else if ("stuck" in done) for (const key of lastWords(wanted, done, input)) refused.set(key, no("last-word"));
    else {
      draft = done.draft;
      // What its being there stood against may be done now.
      if (done.changes.some((change) => change.kind === "taken-out")) refused.clear();
      changes.push(...done.changes);
    }
  }
  throw new Error("the fix does not terminate");
}

/** A step that is right by its own check, with what it leaves empty taken out. */
function checkedStep(
  kind: Wish["kind"],
  draft: Draft,
  wanted: readonly Asked[],
  opened: AuditCase,
  read: Read,
): Stepped | Stuck | No {
  const made = step(kind, draft, wanted, opened, read);
  if (kind === "option") return made;
  const stepped = verified(draft, made, read);
  return "reason" in stepped || kind !== "remove" ? stepped : takeOutEmptied(draft, stepped, read);
}

/** What was wanted of the words of a command that cannot be without any. */
function lastWords(wanted: readonly Asked[], { stuck }: Stuck, { plan }: AuditInput): string[] {
  const words = allInstalls(plan).find(({ start }) => start === stuck)?.packages ?? [];
  const starts = new Set(words.map(({ start }) => start));
  return wanted.flatMap(({ wish }) => (wish.kind === "remove" && starts.has(wish.word.start) ? keyOf(wish) : []));
}

/** Parts the findings into what can be done and what cannot. */
function sortOut(audit: Audit, opened: AuditCase, level: FixLevel, refused: ReadonlyMap<string, No>): Plan {
  const asked: Asked[] = [];
  const refusals: Refusal[] = [];
  for (const finding of audit.findings) {
    const wish = wishOf(finding, opened, level);
    if (wish === null) continue;
    const answer = "reason" in wish ? wish : (refused.get(keyOf(wish)) ?? refusalOf(wish, opened));
    const { code, line } = finding;
    const name = "name" in finding ? finding.name : "soname" in finding ? finding.soname : programOf(finding);
    if (answer !== null) refusals.push({ code, line, name, ...answer });
    else if (!("reason" in wish)) asked.push({ wish, code, line });
  }
  return { asked: onePerWord(asked), refusals };
}

function programOf(finding: Finding): string {
  return "program" in finding ? finding.program : "";
}

/** Which words of the list have to go, and which are to come. */
function listWishes(words: readonly string[], opened: AuditCase, refused: ReadonlyMap<string, No>): Plan {
  const { list, parsed } = opened;
  const there = new Set(list.words.map(aptWordOf));
  const gone = list.words.filter((word) => !words.includes(aptWordOf(word)));
  const wishes: Pick<Asked, "wish" | "code" | "line">[] = [
    ...gone.map(
      (word) => ({ wish: { kind: "remove", word }, code: "unused", line: parsed.lineOf(word.start) }) as const,
    ),
    ...words
      .filter((name) => !there.has(name))
      .map((name) => ({ wish: { kind: "install", name }, code: "missing", line: placeLine(opened) }) as const),
  ];
  const judged = wishes.map((one) => ({ ...one, no: refused.get(keyOf(one.wish)) ?? refusalOf(one.wish, opened) }));
  return {
    asked: judged.flatMap(({ no: answer, ...one }) => (answer === null ? [one] : [])),
    refusals: judged.flatMap(({ no: answer, wish, code, line }) => {
      const name = wish.kind === "install" ? wish.name : wish.kind === "remove" ? wish.word.name : "";
      return answer === null ? [] : [{ code, line, name, ...answer }];
    }),
  };
}

/** The word of a line for what a word of a list installs, without version and suite. */
export function aptWordOf({ name, architecture }: AptPackageWord): string {
  return architecture === null ? name : `${name}:${architecture}`;
}

function placeLine(opened: AuditCase): number {
  return spanOf(opened.parsed, listPlace(opened)).line;
}

function refusalOf(wish: Wish, opened: AuditCase): No | null {
  switch (wish.kind) {
    case "install":
      return additionRefusal(wish.name, opened);
    case "copy":
      return copyRefusal(wish.need);
    case "ldconfig":
      return null;
    case "option":
      return optionRefusal(wish, opened);
    default:
      return wordRefusal(wish, opened);
  }
}

/** A word that goes needs no other name; what two findings ask for is done once. */
function onePerWord(asked: readonly Asked[]): Asked[] {
  const leaving = new Set(asked.flatMap(({ wish }) => (wish.kind === "remove" ? wish.word : [])));
  const kept = asked.filter(({ wish }) => wish.kind !== "replace" || !leaving.has(wish.word));
  return [...new Map(kept.map((one) => [keyOf(one.wish), one])).values()];
}

function keyOf(wish: Wish): string {
  switch (wish.kind) {
    case "install":
      return `install ${wish.name}`;
    case "copy":
      return `copy ${wish.need.source} ${wish.need.destination}`;
    case "ldconfig":
      return "ldconfig";
    case "option":
      return `option ${wish.install.start}`;
    default:
      return `${wish.kind} ${wish.word.text}`;
  }
}

function step(kind: Wish["kind"], draft: Draft, asked: readonly Asked[], opened: AuditCase, read: Read): Stepped | No {
  switch (kind) {
    case "install":
      return install(draft, only("install", asked), opened, read);
    case "copy":
      return copy(draft, only("copy", asked), opened);
    case "ldconfig":
      return ldconfig(draft, only("ldconfig", asked), opened);
    case "option":
      return addOptions(draft, only("option", asked), opened, read);
    default:
      return changeWords(draft, [...only("replace", asked), ...only("remove", asked)], opened);
  }
}

function only<Kind extends Wish["kind"]>(kind: Kind, asked: readonly Asked[]): Asked<Kind>[] {
  const is = (wish: Wish): wish is Extract<Wish, { readonly kind: Kind }> => wish.kind === kind;
  return asked.flatMap(({ wish, code, line }) => (is(wish) ? [{ wish, code, line }] : []));
}

/** A step is kept where the new text reads as the old one in all but package words and the instructions added. */
function verified(before: Draft, stepped: Stepped | No, read: Read): Stepped | No {
  if ("reason" in stepped) return stepped;
  const [old, now] = [read(before.text), read(stepped.draft.text)];
  const added = stepped.changes.flatMap((change) => (change.kind === "inserted" ? change.instruction : []));
  const head = old.parsed.escape === "`" ? "# escape=`\nFROM scratch\n" : "FROM scratch\n";
  const alone = read(`${head}${added.join("\n")}\n`);
  const instructions = skeletonOf(alone.parsed, alone.plan).instructions.slice(1);
  const same = sameButPackages(skeletonOf(old.parsed, old.plan), skeletonOf(now.parsed, now.plan), instructions);
  return same ? stepped : no("unverified");
}
