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
  if (changes.length === 0) lines.push(`${at(null)} nothing to change`);
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
  "not-literal": (about) => `${about} is not a plain word of the command`,
  elsewhere: () => "it stands in an instruction that other stages may use too",
  pinned: (about) => `${about} asks for a version or a suite`,
  autoremove: () => "the stage removes what was installed automatically, and naming a package keeps it",
  conditional: () => "it, or what brings it, is installed in a branch",
  "last-word": () => "its command would have nothing left to install, and cannot be taken out with certainty",
  unread: (about) => `what ${about} installs is not known, and it may bring it`,
  "no-plain-install": () => "no apt-get install of the stage is sure to take another word",
  "foreign-architecture": (about) => `dpkg has to know the architecture ${about} first`,
  "no-apt": () => "the runtime base has no apt",
  "not-root": (about) => `there is no place where the stage runs as root${about === "" ? "" : ` (USER ${about})`}`,
  shell: () => "the SHELL of the stage is none that is known",
  "no-name": () => "no package is known that brings it",
  several: (about) => `it may be one of ${about}`,
  "no-choice": () => "nothing is known that could be meant",
  unsure: () => "that apt would refuse it is only a guess",
  path: (about) => `a COPY cannot name ${about} as it is`,
  author: () => "which way is right is for you to say",
  unverified: () => "the new text did not read as it should, and was not kept",
};

function refusalText({ name, reason, about }: Refusal): string {
  return `${printable(name)}: ${REASONS[reason](about.map(printable).join(", "))}`;
}
