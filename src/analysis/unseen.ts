import type { Allowance } from "../base/allowance.ts";
import { compareNames } from "../base/names.ts";
import { flatMapSteps, type Steps } from "../base/steps.ts";
import { parseKey } from "../debian/words.ts";
import { type DlopenEntry, dlopenNotes } from "../elf/dlopen.ts";
import { absentCompanions, presentNames } from "./companions.ts";
import { openInBuilder } from "./dlopen.ts";
import type { Knowledge } from "./knowledge.ts";
import type { TextNames } from "./library-mentions.ts";
import type { Note, Suggestion } from "./model.ts";
import { note } from "./notes.ts";
import type { PackageAnswer } from "./packages.ts";
import { foundThere, possiblyOpened } from "./possibly-opened.ts";
import type { ResolvedArtifact, ResolvedScene } from "./resolved.ts";
import { allowanceFor } from "./scene.ts";

/** What no loader sees: what the files' own notes say, what our tables know, and what names in the files hint at. */
export interface Unseen {
  readonly suggested: readonly Suggestion[];
  readonly notes: readonly Note[];
}

/** Gathers it, without what the runtime stage has or gets anyway. */
export function* findUnseen(
  resolved: ResolvedScene,
  texts: readonly TextNames[],
  knowledge: Knowledge,
  answer: PackageAnswer,
): Steps<Unseen> {
  const present = presentNames(answer);
  const opened = yield* flatMapSteps(resolved.artifacts, (artifact) =>
    openedLibraries(artifact, resolved, knowledge, present),
  );
  const companions = absentCompanions(knowledge, answer).map(
    ({ package: name, strength, trigger, reason }): Suggestion => ({ package: name, strength, trigger, reason }),
  );
  const perhaps = yield* possiblyOpened(resolved, texts, knowledge, present);
  return {
    suggested: strongest([...companions, ...opened.flatMap(({ suggestion }) => suggestion ?? [])]),
    notes: [
      ...opened.flatMap((one) => one.note ?? []),
      ...damageNotes(resolved),
      ...perhaps.map(({ path, soname, package: name }) => note("possibly-opened", path, { soname, package: name })),
      ...notSearched(resolved),
    ],
  };
}

interface Opened {
  readonly suggestion: Suggestion | null;
  readonly note: Note | null;
}

/** The entries of an artifact's notes that are no needs, and that nothing meets yet. */
function openedLibraries(
  artifact: ResolvedArtifact,
  resolved: ResolvedScene,
  knowledge: Knowledge,
  present: ReadonlySet<string>,
): Opened[] {
  const allowance = allowanceFor(resolved.scene);
  return artifact.choices.flatMap(({ entry, soname }): Opened[] => {
    const there = foundThere(artifact, resolved, entry.soname, allowance);
    if (soname !== null || entry.soname.some((name) => there.has(name))) return [];
    const found = packageOf(artifact, knowledge, entry, allowance);
    if (found !== null && present.has(found.name)) return [];
    if (found !== null) {
      const reason = entry.description ?? entry.feature ?? "";
      const suggestion = { package: found.name, strength: entry.priority, trigger: found.soname, reason };
      return [{ suggestion, note: null }];
    }
    const { priority, feature, description } = entry;
    const details = { sonames: entry.soname, priority, feature, description };
    return [{ suggestion: null, note: note("dlopen-suggested", artifact.file.fact.path, details) }];
  });
}

/** The package that has one of an entry's libraries: the builder's, else one that the tables prove. */
function packageOf(
  { builder, file }: ResolvedArtifact,
  knowledge: Knowledge,
  entry: DlopenEntry,
  allowance: Allowance,
): { name: string; soname: string } | null {
  const opened = builder.crossRelease ? null : openInBuilder(builder, file.fact.path, entry.soname, allowance);
  const inBuilder = opened?.libraries ?? [];
  for (const soname of entry.soname) {
    const path = inBuilder.find((one) => one.soname === soname && one.status === "found")?.path ?? null;
    const owner = path === null ? null : builder.image.ownerOf(path).package;
    if (owner !== null) return { name: parseKey(owner).name, soname };
  }
  for (const soname of entry.soname) {
    const known = knowledge.lookup(soname);
    if (known.kind === "packages" && known.names[0] !== undefined) return { name: known.names[0], soname };
  }
  return null;
}

function damageNotes({ scene }: ResolvedScene): Note[] {
  return scene.builders.flatMap(({ files }) =>
    files.flatMap(({ fact, facts }) =>
      dlopenNotes(facts).damage.map((reason) => note("dlopen-damaged", fact.path, { reason })),
    ),
  );
}

/** How many files were too many, or too large, to be searched for names. */
function notSearched({ artifacts }: ResolvedScene): Note[] {
  const paths = new Set(
    artifacts.flatMap(({ file }) => (file.fact.sonameStrings === undefined ? [file.fact.path] : [])),
  );
  return paths.size === 0 ? [] : [note("names-not-searched", null, { files: paths.size })];
}

const STRENGTHS: readonly Suggestion["strength"][] = ["required", "recommended", "suggested"];

/** Each package once, with its strongest reason, by name. */
function strongest(suggestions: readonly Suggestion[]): Suggestion[] {
  const byName = new Map<string, Suggestion>();
  for (const one of suggestions) {
    const before = byName.get(one.package);
    const stronger = before === undefined || STRENGTHS.indexOf(one.strength) < STRENGTHS.indexOf(before.strength);
    if (stronger) byName.set(one.package, one);
  }
  return [...byName.values()].sort((a, b) => compareNames(a.package, b.package));
}
