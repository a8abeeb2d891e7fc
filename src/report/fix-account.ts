import type { Change, Refusal, RefusalReason } from "../audit/fix/model.ts";
import { printable } from "./names.ts";

/** What a fix has done and what it has left, a line each, for standard error. */
export interface FixAccount {
  readonly file: string;
  readonly changes: readonly Change[];
  readonly refusals: readonly Refusal[];
}

/** The lines of an account; one line where there was nothing to do. */
export function fixAccount({ file, changes, refusals }: FixAccount): string[] {
  const at = (line: number | null): string => `${printable(file)}${line === null ? "" : `:${line}`}`;
  const lines = [
    ...changes.map((change) => `${at(change.line)} ${changeText(change)} (${change.code})`),
    ...refusals.map((refusal) => `${at(refusal.line)} not fixed: ${refusalText(refusal)} (${refusal.code})`),
  ];
  if (changes.length === 0) lines.push(`${at(null)}: nothing to fix`);
  return lines;
}

/** What a fix has done and left, under the names of the JSON contract. */
export function fixDocument({ file, changes, refusals }: FixAccount): object {
  return {
    changes: changes.map((change) => ({
      action: change.kind,
      code: change.code,
      file,
      line: change.line,
      package: "name" in change ? change.name : null,
      word: "word" in change ? change.word : null,
      by: change.kind === "replaced" ? change.by : null,
      instruction: change.kind === "inserted" ? change.instruction : null,
      text: change.kind === "taken-out" ? change.text : null,
      message: changeText(change),
    })),
    refused: refusals.map((refusal) => {
      const { code, line, name, reason, about } = refusal;
      return { code, file, line, name, reason, about, message: refusalText(refusal) };
    }),
  };
}

function changeText(change: Change): string {
  switch (change.kind) {
    case "added":
      return `added ${printable(change.word)}`;
    case "option":
      return `added ${change.word}`;
    case "removed":
      return `removed ${printable(change.word)}`;
    case "replaced":
      return `replaced ${printable(change.word)} by ${printable(change.by)}`;
    case "inserted":
      return `inserted ${change.instruction.map((line) => printable(line.trim().replace(/ ?[\\`]$/, ""))).join(" ")}`;
    case "taken-out":
      return `removed the ${change.whole ? "RUN instruction" : "command"}, which had nothing left to install`;
  }
}

const REASONS: Readonly<Record<RefusalReason, (about: string) => string>> = {
  "not-literal": (about) => `${about} is not a literal word of the command`,
  elsewhere: () => "it is in an instruction that other stages may use too",
  shared: () => "another stage is based on the stage that installs it, and may need it",
  "brings-needed": (about) => `${about}, which is needed, may be installed because of it`,
  pinned: (about) => `${about} has a version or a suite`,
  autoremove: () => "the stage removes automatically installed packages, and being on the list protects it",
  conditional: () => "it, or the package that depends on it, is installed in a branch",
  "last-word": () => "its command would install nothing, and cannot safely be removed",
  unread: (about) => `what ${about} installs is unknown, and may include it`,
  "no-plain-install": () => "the stage has no apt-get install to which a package can safely be added",
  "foreign-architecture": (about) => `the stage needs dpkg --add-architecture ${about} first`,
  "no-apt": () => "the runtime base has no apt",
  "not-root": (about) => `the stage never runs as root${about === "" ? "" : ` (USER ${about})`}`,
  shell: () => "the SHELL of the stage is unknown",
  "no-name": () => "no package is known that provides it",
  several: (about) => `it may mean any of ${about}`,
  "no-choice": () => "no replacement is known",
  unsure: () => "it is only a guess that apt rejects it",
  path: (about) => `COPY cannot express the path ${about}`,
  author: () => "there is more than one way to fix it",
  unverified: () => "the new text could not be verified and was discarded",
};

/** `tzdata: it is installed in a branch`. */
export function refusalText({ name, reason, about }: Refusal): string {
  return `${printable(name)}: ${REASONS[reason](about.map(printable).join(", "))}`;
}
