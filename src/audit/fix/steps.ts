import { closureOf } from "../../debian/closure.ts";
import { packageSet } from "../../debian/packages.ts";
import type { ParsedDockerfile, ParsedInstruction } from "../../dockerfile/parse.ts";
import type { AptInstall, AptPackageWord, BuildPlan } from "../../dockerfile/plan.ts";
import { applyEdits, type Draft, type TextEdit } from "../../dockerfile/rewrite/edit.ts";
import { installInstruction } from "../../dockerfile/rewrite/install-instruction.ts";
import { addWord, removeWord, replaceWord } from "../../dockerfile/rewrite/package-words.ts";
import { lineBreakOf } from "../../dockerfile/rewrite/physical-line.ts";
import type { AuditCase } from "../case.ts";
import type { FindingCode } from "../finding.ts";
import type { NotCopiedDetail } from "../rules/not-copied.ts";
import type { Change } from "./model.ts";
import {
  aptInstalls,
  installToExtend,
  isOfRuntime,
  isShared,
  placeForCopy,
  placeForInstall,
  placeForLdconfig,
} from "./places.ts";
import { type No, no, type Wish } from "./wishes.ts";

/** A wish with the finding behind it. */
export interface Asked<Kind extends Wish["kind"] = Wish["kind"]> {
  readonly wish: Extract<Wish, { readonly kind: Kind }>;
  readonly code: FindingCode;
  readonly line: number;
}

/** What a step came to. */
export interface Stepped {
  readonly draft: Draft;
  readonly changes: readonly Change[];
}

/** Reads a text anew, without asking the rules about it. */
export type Read = (text: string) => { readonly parsed: ParsedDockerfile; readonly plan: BuildPlan };

/** The continuation character at a place: a here-document is the shell's. */
export function continuationAt({ parsed }: Pick<AuditCase, "parsed">, offset: number): string {
  const around = parsed.instructions.find(({ start, end }) => offset >= start && offset <= end);
  const heredocs = around?.trigger?.heredocs ?? around?.heredocs ?? [];
  const inside = heredocs.some(({ content }) => (content.pieces[0]?.source ?? Number.POSITIVE_INFINITY) <= offset);
  return inside ? "\\" : parsed.escape;
}

/** Why a word cannot be changed where it stands, or null. Another stage may need what the runtime does not. */
export function wordRefusal({ kind, word }: Asked<"replace" | "remove">["wish"], audit: AuditCase): No | null {
  const text = audit.parsed.text.slice(word.start, word.end);
  if (!word.literal || text !== word.text || /\s/.test(text)) return no("not-literal", [word.text]);
  if (!isOfRuntime(word, audit)) return no("elsewhere");
  if (kind === "replace") return null;
  if (isShared(word, audit)) return no("shared");
  const lost = lostWith(word, audit);
  return lost.length > 0 ? no("brings-needed", lost) : null;
}

/**
 * What the artifacts need of the packages that a stage below the runtime stage has installed, and that may go with a word,
 * or with what is only recommended (null): the base was built with it, so the audit of the new text would still find them
 * there.
 */
export function lostWith(word: AptPackageWord | null, { analysis, facts, verdicts }: AuditCase): string[] {
  const below = verdicts.filter((one) => one.below && (word === null || one.word === word));
  if (analysis === null || below.length === 0) return [];
  const { root, world } = facts;
  const kept = verdicts.flatMap((one) => (one.word === word ? [] : one.identity.key));
  const base = root?.packages ?? packageSet([], world.known.architecture);
  const { must } = closureOf(kept, { base, known: world.known });
  const needed = analysis.packages.filter(({ status }) => status === "base");
  return needed
    .filter(({ name, architecture }) => {
      const key = `${name}:${architecture}`;
      return !must.has(key) && !base.all.has(key);
    })
    .map(({ name }) => name);
}

/** Replaces or removes words. The last of the file goes first, so that places before it stay what they are. */
export function changeWords(
  draft: Draft,
  asked: readonly (Asked<"replace"> | Asked<"remove">)[],
  audit: AuditCase,
): Stepped {
  let { text } = draft;
  let changed = draft;
  const changes: Change[] = [];
  for (const { wish, code, line } of [...asked].sort((a, b) => b.wish.word.start - a.wish.word.start)) {
    const { word } = wish;
    const mark = continuationAt(audit, word.start);
    const origin = draft.origins[line - 1] ?? null;
    if (wish.kind === "replace") {
      changed = applyEdits(changed, replaceWord(text, word, wish.by, mark));
      changes.unshift({ kind: "replaced", word: word.text, name: word.name, by: wish.by, code, line: origin });
    } else {
      changed = applyEdits(changed, removeWord(text, word, mark));
      changes.unshift({ kind: "removed", word: word.text, name: word.name, code, line: origin });
    }
    text = changed.text;
  }
  return { draft: changed, changes };
}

/** Adds packages to the stage's install command; where it has none, an instruction of its own. */
export function install(draft: Draft, asked: readonly Asked<"install">[], audit: AuditCase, read: Read): Stepped | No {
  const names = asked.map(({ wish }) => wish.name);
  if (aptInstalls(audit).length === 0) {
    const place = placeForInstall(audit);
    if ("reason" in place) return place;
    return insert(draft, place, installInstruction(names, audit.parsed.escape), "missing");
  }
  const target = installToExtend(audit);
  if (target === null) return no("no-plain-install", names);
  const ordinal = allInstalls(audit.plan).findIndex(({ start }) => start === target.start);
  const line = draft.origins[target.line - 1] ?? null;
  let changed = draft;
  for (const name of names) {
    const { parsed, plan } = read(changed.text);
    const now = allInstalls(plan)[ordinal];
    if (now === undefined) return no("unverified", names);
    const mark = continuationAt({ parsed }, now.start);
    changed = applyEdits(changed, addTo(now, name, parsed.text, mark));
  }
  return {
    draft: changed,
    changes: names.map((word) => ({ kind: "added", word, name: word.split(":")[0] ?? word, code: "missing", line })),
  };
}

/** Behind its words, or where it has none behind its last option. */
function addTo({ packages, end }: AptInstall, name: string, text: string, mark: string): TextEdit[] {
  const words = packages.filter((word) => word.literal && text.slice(word.start, word.end) === word.text);
  const sites = [...words].sort((a, b) => a.start - b.start);
  return sites.length === 0 ? [{ start: end, end, text: ` ${name}` }] : addWord(text, sites, name, mark);
}

/** Every install command of a file, in its order. */
export function allInstalls({ stages }: BuildPlan): AptInstall[] {
  return stages.flatMap(({ instructions }) =>
    instructions.flatMap((one) => (one.kind === "run" ? one.aptInstalls : [])),
  );
}

/** Why a package word cannot be added, or null: another architecture has to be known to dpkg first. */
export function additionRefusal(name: string, audit: AuditCase): No | null {
  const architecture = name.split(":")[1];
  if (architecture === undefined || aptInstalls(audit).length === 0) return null;
  const known = new RegExp(`--add-architecture[= ]+${architecture}\\b`).test(audit.parsed.text);
  return known ? null : no("foreign-architecture", [architecture]);
}

/** Copies the libraries that no package brings. */
export function copy(draft: Draft, [first, ...rest]: readonly Asked<"copy">[], audit: AuditCase): Stepped | No {
  if (first === undefined) return no("author");
  const place = placeForCopy(first.line, audit);
  if (place === undefined) return no("elsewhere");
  // One place at a time: the rest is asked for again.
  const same = [first, ...rest].filter(({ line }) => line === first.line);
  const lines = same.map(({ wish }) => copyInstruction(wish.need, audit));
  return insert(draft, place, lines, "not-copied");
}

/** Why a COPY cannot be written, or null: paths are expanded by the builder, and globs in them. */
export function copyRefusal({ source, destination }: NotCopiedDetail): No | null {
  const plain = /^[\w./+:@~,=-]+$/;
  return plain.test(source) && plain.test(destination) ? null : no("path", [source, destination]);
}

function copyInstruction({ stage, source, destination }: NotCopiedDetail, { plan }: AuditCase): string {
  const [builder] = plan.builders;
  const from = stage ?? builder?.name ?? String(builder?.index ?? 0);
  return `COPY --from=${from} ${source} ${destination}`;
}

/** Lets ldconfig run behind a COPY. */
export function ldconfig(draft: Draft, asked: readonly Asked<"ldconfig">[], audit: AuditCase): Stepped | No {
  const place = placeForLdconfig(Math.max(...asked.map(({ line }) => line)), audit);
  return "reason" in place ? place : insert(draft, place, ["RUN ldconfig"], "wrong-place");
}

function insert(draft: Draft, { end }: ParsedInstruction, lines: readonly string[], code: FindingCode): Stepped {
  const eol = lineBreakOf(draft.text);
  const text = lines.map((line) => eol + line).join("");
  const changed = applyEdits(draft, [{ start: end, end, text }]);
  return { draft: changed, changes: [{ kind: "inserted", instruction: lines, code, line: null }] };
}
