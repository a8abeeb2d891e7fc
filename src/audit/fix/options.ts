import { basename } from "../../base/paths.ts";
import { applyEdits, type Draft } from "../../dockerfile/rewrite/edit.ts";
import { replaceWord } from "../../dockerfile/rewrite/package-words.ts";
import { skeletonOf } from "../../dockerfile/rewrite/same-but-packages.ts";
import type { AuditCase } from "../case.ts";
import type { Change } from "./model.ts";
import { isOfRuntime, isShared } from "./places.ts";
import { type Asked, allInstalls, continuationAt, lostWith, type Read, type Stepped } from "./steps.ts";
import { type No, no } from "./wishes.ts";

/** Each program has a spelling of its own (apt-get(8), aptitude(8)). */
function optionOf(program: string): string {
  return basename(program) === "aptitude" ? "--without-recommends" : "--no-install-recommends";
}

/** Why a command cannot be given the option, or null. */
export function optionRefusal({ install }: Asked<"option">["wish"], audit: AuditCase): No | null {
  const { head } = install;
  const text = head === null ? "" : audit.parsed.text.slice(head.start, head.end);
  if (head === null || !/^-{0,2}[a-zA-Z-]+$/.test(text)) return no("not-literal", [basename(install.program)]);
  if (!isOfRuntime(install, audit)) return no("elsewhere");
  if (isShared(install, audit)) return no("shared");
  const lost = lostWith(null, audit);
  return lost.length > 0 ? no("brings-needed", lost) : null;
}

/** Adds the option that switches recommended packages off. The last command of the file goes first, as in `changeWords`. */
export function addOptions(
  draft: Draft,
  asked: readonly Asked<"option">[],
  audit: AuditCase,
  read: Read,
): Stepped | No {
  let changed = draft;
  const changes: Change[] = [];
  for (const { wish, code, line } of [...asked].sort((a, b) => b.wish.install.start - a.wish.install.start)) {
    const { head, program } = wish.install;
    if (head === null) return no("unverified");
    const word = optionOf(program);
    const text = changed.text.slice(head.start, head.end);
    const site = { start: head.start, end: head.end, name: text };
    changed = applyEdits(
      changed,
      replaceWord(changed.text, site, `${text} ${word}`, continuationAt(audit, head.start)),
    );
    changes.unshift({ kind: "option", word, code, line: draft.origins[line - 1] ?? null });
  }
  return hasOptions(draft, changed, asked, read) ? { draft: changed, changes } : no("unverified");
}

/** Whether the new text reads as the old one, but for the option of these commands. */
function hasOptions(before: Draft, after: Draft, asked: readonly Asked<"option">[], read: Read): boolean {
  const [old, now] = [read(before.text), read(after.text)];
  const starts = new Set(asked.map(({ wish }) => wish.install.start));
  const expected = allInstalls(old.plan).map((install) =>
    facts(install, install.noInstallRecommends || starts.has(install.start)),
  );
  const found = allInstalls(now.plan).map((install) => facts(install, install.noInstallRecommends));
  return JSON.stringify([expected, bare(old)]) === JSON.stringify([found, bare(now)]);
}

function facts(
  { program, packages, unknownWords, conditional }: ReturnType<typeof allInstalls>[number],
  without: boolean,
) {
  return [program, [...packages, ...unknownWords].map(({ text }) => text), conditional, without];
}

function bare({ parsed, plan }: ReturnType<Read>) {
  const { instructions, comments } = skeletonOf(parsed, plan);
  return {
    instructions: instructions.map((one) => one.replace(/ --(?:no-install|without)-recommends/g, "")),
    comments,
  };
}
