import { pathFields } from "../analysis/artifacts.ts";
import type { LookedAtImage } from "../analysis/image.ts";
import { compareNames } from "../base/names.ts";
import { basename } from "../base/paths.ts";
import { parseListing } from "../loader/listing.ts";
import type { FileAnswers } from "../snapshot/answers.ts";
import { realPathOf } from "../snapshot/path.ts";
import { distinctTroubles, type RuleVerdict, troubleKey } from "./by-rules.ts";
import type { Asked, Exempt, Proof, Trouble, UnprovedReason } from "./model.ts";
import type { ProgramSubject, Subjects } from "./subjects.ts";

/** What the loader and the rules say of an image. */
export interface Judgement extends Pick<Proof, "asked" | "unresolved" | "differs" | "exempt" | "unproved"> {
  readonly sufficient: boolean | null;
}

/**
 * Puts together what an image's own loader said and what our rules say of it. Where the loader was asked it is believed,
 * and what the rules say beside it is told apart; where it could not be, the rules stand alone.
 *
 * @param answers in the order of the verdicts' questions, then of the programs' candidates; null where nobody could be asked
 */
export function judgement(
  subjects: Subjects,
  verdicts: readonly RuleVerdict[],
  image: LookedAtImage,
  answers: FileAnswers | null,
): Judgement {
  const asked = answers === null ? [] : verdicts.filter(({ question }) => question !== null);
  const heard = new Map(asked.map(({ path }, index) => [path, heardOf(path, answers?.files[index])]));
  const ruled = verdicts.filter(
    ({ path, dynamic, troubles }) => heard.get(path) == null && (dynamic || troubles.length > 0),
  );
  const exempt: Exempt[] = [];
  const plugins = new Set<string>();
  const counts = (trouble: Trouble): boolean => {
    const reason = trouble.kind === "library" ? subjects.exemption(trouble.path, trouble.name) : null;
    if (reason === "unproved") plugins.add(trouble.path);
    else if (reason !== null) exempt.push({ path: trouble.path, name: trouble.name, reason });
    return reason === null;
  };
  const told = [...heard.values()].flatMap((troubles) => troubles ?? []);
  const byLoader = told.filter(counts);
  const known = new Set(told.map(troubleKey));
  const programs = programTroubles(subjects.programs, image, answers);
  const isOpen = ({ kind }: Trouble): boolean => kind === "command" && subjects.filesMayLack;
  const unresolved = [
    ...byLoader,
    ...ruled.flatMap(({ troubles }) => troubles.filter(counts)),
    ...programs.filter((one) => !isOpen(one)),
  ];
  const unproved = [
    ...verdicts.flatMap(({ path, unproved: reason }) =>
      reason === null || (reason !== "packed" && heard.get(path) != null) ? [] : [{ ...pathFields(path), reason }],
    ),
    ...subjects.unread.map((path) => ({ ...pathFields(path), reason: "archive" as const })),
    ...[...plugins].map((path) => ({ ...pathFields(path), reason: "plugin" as const })),
    ...programs.filter(isOpen).map(({ path }) => ({ ...pathFields(path), reason: "command" as const })),
  ];
  const count: Asked = {
    loader: [...heard.values()].filter((one) => one !== null).length,
    rules: ruled.filter(({ unproved: reason }) => reason === null).length,
    interpreters: new Set(subjects.programs.flatMap(({ kind, name }) => (kind === "interpreter" ? name : []))).size,
  };
  return {
    asked: count,
    unresolved: sorted(unresolved),
    differs: sorted(
      verdicts.flatMap(({ path, troubles }) =>
        heard.get(path) == null
          ? []
          : troubles.filter((one) => !known.has(troubleKey(one)) && subjects.exemption(path, one.name) === null),
      ),
    ),
    exempt: exempt.sort((a, b) => compareNames(a.path, b.path) || compareNames(a.name, b.name)),
    unproved,
    sufficient: unresolved.length > 0 ? false : unproved.some(({ reason }) => UNDECIDED.has(reason)) ? null : true,
  };
}

/** Reasons for which the image as a whole is neither proved nor disproved. */
const UNDECIDED: ReadonlySet<UnprovedReason> = new Set(["archive", "packed", "unknown", "command", "plugin"]);

/** What the loader said of a file, as troubles; null where it could not be run. */
export function heardOf(path: string, answer: FileAnswers["files"][number] | undefined): Trouble[] | null {
  if (answer === undefined || answer.exit === 126) return null;
  const trouble = (kind: Trouble["kind"], name: string, version: string | null = null): Trouble => ({
    ...pathFields(path),
    ...{ kind, name, version, by: "loader" },
  });
  const troubles = parseListing(answer.text).flatMap((line): Trouble[] => {
    if (line.kind === "missing") return [trouble("library", line.soname)];
    if (line.kind === "version" && !line.weak) return [trouble("version", basename(line.provider), line.version)];
    if (line.kind === "preload") return [trouble("preload", line.name)];
    return line.kind === "error" ? [trouble("loader", `${line.name}: ${line.reason}`)] : [];
  });
  const failed = answer.exit === null || (answer.exit !== 0 && troubles.length === 0);
  if (failed) troubles.push(trouble("loader", answer.exit === null ? "killed" : (answer.text.split("\n")[0] ?? "")));
  return distinctTroubles(troubles);
}

/** Interpreters and commands that are not there, or that nobody may execute. */
export function programTroubles(
  programs: readonly ProgramSubject[],
  image: LookedAtImage,
  answers: FileAnswers | null,
): Trouble[] {
  let next = 0;
  return programs.flatMap(({ kind, path, name, candidates }) => {
    const there = candidates.map((candidate) => {
      if (answers !== null) return answers.programs[next++]?.executable === true;
      const found = realPathOf(image.view, candidate);
      return found.status === "found" && found.entry?.type === "file";
    });
    if (there.includes(true)) return [];
    return [{ ...pathFields(path), kind, name, version: null, by: answers === null ? "rules" : "loader" }];
  });
}

function sorted(troubles: readonly Trouble[]): Trouble[] {
  return distinctTroubles(troubles).sort((a, b) => compareNames(troubleKey(a), troubleKey(b)));
}
