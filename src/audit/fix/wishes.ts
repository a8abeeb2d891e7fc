import type { AptInstall, AptPackageWord } from "../../dockerfile/plan.ts";
import type { AuditCase } from "../case.ts";
import type { Finding } from "../finding.ts";
import type { NotCopiedDetail } from "../rules/not-copied.ts";
import type { RedundantDetail } from "../rules/redundant.ts";
import type { UnknownPackageDetail } from "../rules/unknown-package.ts";
import type { UnusedDetail } from "../rules/unused.ts";
import { spanOf } from "../span.ts";
import type { FixLevel, RefusalReason } from "./model.ts";

/** What a finding asks for. */
export type Wish =
  | { readonly kind: "replace"; readonly word: AptPackageWord; readonly by: string }
  | { readonly kind: "remove"; readonly word: AptPackageWord }
  | { readonly kind: "install"; readonly name: string }
  | { readonly kind: "copy"; readonly need: NotCopiedDetail }
  | { readonly kind: "ldconfig" }
  | { readonly kind: "option"; readonly install: AptInstall };

/** Why it cannot be had. */
export interface No {
  readonly reason: RefusalReason;
  readonly about: readonly string[];
}

export function no(reason: RefusalReason, about: readonly string[] = []): No {
  return { reason, about };
}

/** What to do about a finding on a level; null: nothing, it is left as it is. */
export function wishOf(finding: Finding, audit: AuditCase, level: FixLevel): Wish | No | null {
  switch (finding.code) {
    case "missing": {
      if (finding.kind !== "package") return no("no-name");
      const unread = finding.perhapsFrom.filter((text) => audit.list.unread.includes(text));
      return unread.length > 0 ? no("unread", unread) : { kind: "install", name: finding.name };
    }
    case "not-copied":
      return { kind: "copy", need: finding };
    case "wrong-place":
      return finding.hint?.kind === "ldconfig" ? { kind: "ldconfig" } : no("author");
    case "unknown-package":
      return ofWord(finding, audit, (word) => knownName(finding, word, audit));
    case "renamed":
      return level === "info" ? ofWord(finding, audit, (word) => renamed(finding.to, word, audit)) : null;
    case "redundant":
      return isDue(finding, level) && !isNearMissing(finding, audit)
        ? ofWord(finding, audit, (word) => repeated(finding, word, audit))
        : null;
    case "unused":
      return isDue(finding, level) ? ofWord(finding, audit, (word) => ({ kind: "remove", word })) : null;
    case "recommends":
      return level === "info" ? ofInstall(finding, audit) : null;
    default:
      return null;
  }
}

/** The option that switches recommended packages off; not where the command asks for them. */
function ofInstall({ line, column }: Finding, audit: AuditCase): Wish | No | null {
  const { install } =
    audit.list.installs.find((one) => {
      const span = spanOf(audit.parsed, one.install);
      return line === span.line && column === span.column;
    }) ?? {};
  if (install === undefined) return null;
  const asks = /install-recommends|with-recommends/i.test(audit.parsed.text.slice(install.start, install.end));
  return asks ? no("author") : { kind: "option", install };
}

/** Proved superfluous on every level; what another listed package brings, and what a table says, on `info`. */
function isDue(finding: Finding & (RedundantDetail | UnusedDetail), level: FixLevel): boolean {
  if (finding.confidence === "heuristic") return false;
  const implied = finding.code === "redundant" && finding.kind === "implied";
  return level === "info" || (finding.confidence === "proved" && !implied);
}

/** A version of a library that is missing stays in the list, even if the base has the package already. */
function isNearMissing({ package: name }: Finding, { verdicts }: AuditCase): boolean {
  return verdicts.some(({ word, usage }) => word.name === name && usage === "near-missing");
}

function ofWord(finding: Finding, audit: AuditCase, wish: (word: AptPackageWord) => Wish | No): Wish | No | null {
  const word = audit.list.words.find((one) => {
    const { line, column } = spanOf(audit.parsed, one);
    return one.name === finding.package && line === finding.line && column === finding.column;
  });
  return word === undefined ? null : wish(word);
}

/** The one name that may be meant: of several the one that the artifacts need. */
function knownName(
  { confidence, choices }: Finding & UnknownPackageDetail,
  word: AptPackageWord,
  audit: AuditCase,
): Wish | No {
  if (confidence === "heuristic") return no("unsure");
  const needed = choices.filter((name) => audit.analysis?.packages.some((item) => item.name === name));
  const [name, ...others] = needed.length > 0 ? needed : choices;
  if (name === undefined) return isNeeded(word, audit) ? no("no-choice") : { kind: "remove", word };
  return others.length > 0 ? no("several", [name, ...others]) : renamed(name, word, audit);
}

/** Whether something speaks for a word; without an analysis that is not known. */
function isNeeded(word: AptPackageWord, { analysis, verdicts }: AuditCase): boolean {
  return analysis === null || verdicts.find((one) => one.word === word)?.usage !== null;
}

/** Another name in a word's place; the word goes where that name is there already. */
function renamed(name: string, word: AptPackageWord, audit: AuditCase): Wish | No {
  if (isPinned(word)) return no("pinned", [word.text]);
  const listed = audit.list.words.some((other) => other.name === name && other.architecture === word.architecture);
  if (listed) return { kind: "remove", word };
  const parts = word.text.split(word.name);
  return parts.length === 2 ? { kind: "replace", word, by: parts.join(name) } : no("not-literal", [word.text]);
}

/** Where a later step removes what is marked as automatic, naming a package keeps it. */
const SWEEPING = /auto-?remove|autopurge|apt-mark\s+(?:\S+\s+)*(?:auto|minimize-manual)/;

function repeated({ kind, by }: RedundantDetail, word: AptPackageWord, audit: AuditCase): Wish | No {
  if (sweeps(audit)) return no("autoremove");
  if (kind === "base") return { kind: "remove", word };
  if (isPinned(word)) return no("pinned", [word.text]);
  const bringing = audit.verdicts
    .filter(({ identity }) => by.some((one) => one.split(":")[0] === identity.name))
    .map((verdict) => verdict.word);
  const involved = audit.list.installs.filter(({ install }) =>
    install.packages.some((one) => one === word || bringing.includes(one)),
  );
  return involved.some(({ install }) => install.conditional) ? no("conditional") : { kind: "remove", word };
}

function sweeps({ chain, parsed }: AuditCase): boolean {
  return chain
    .flatMap(({ instructions }) => instructions)
    .some((one) => one.kind === "run" && SWEEPING.test(parsed.text.slice(one.start, one.end)));
}

/** Asks for a version, one that is not known too, or for a suite. */
function isPinned({ version, suite, text }: AptPackageWord): boolean {
  return version !== null || suite !== null || text.includes("=");
}
