import type { FindingCode } from "../finding.ts";

/**
 * How far a fix goes. `warning`: what is an error, and what is proved to be superfluous · `info`: also what is no fault,
 * or what only a table says. What is heuristic is left alone on both.
 */
export type FixLevel = "warning" | "info";

/** One thing that a fix has changed, or that it would change. */
export type Change = {
  /** The finding that asked for it. */
  readonly code: FindingCode;
  /** The line of the file as it was; null where what it stood in is new. */
  readonly line: number | null;
} /** `name`: the package's, of the word as it stands. */ & (
  | { readonly kind: "added" | "removed"; readonly word: string; readonly name: string }
  | { readonly kind: "replaced"; readonly word: string; readonly name: string; readonly by: string }
  /** An option of an install command. */
  | { readonly kind: "option"; readonly word: string }
  | { readonly kind: "inserted"; readonly instruction: readonly string[] }
  /** An install command that has no package left, with what joined it to its neighbours; `whole`: its instruction. */
  | { readonly kind: "taken-out"; readonly text: string; readonly whole: boolean }
);

/** Why a finding that would be fixed is not. */
export type RefusalReason =
  /** The word is not written out: it comes of a variable or a loop, or stands in JSON or in a text with escapes. */
  | "not-literal"
  /** It stands in another stage: behind an ONBUILD, on which other stages may build. */
  | "elsewhere"
  /** Another stage begins with the stage of the word, and may need it. */
  | "shared"
  /** The base has packages that the artifacts need, and that may be there because of it. */
  | "brings-needed"
  /** The word asks for a version or a suite. */
  | "pinned"
  /** The stage removes what apt marks as automatic; a listed name is safe from that. */
  | "autoremove"
  /** It, or what brings it, is installed in a branch. */
  | "conditional"
  /** It is the last of its command, which cannot be taken out with certainty. */
  | "last-word"
  /** Something that could not be read may install it. */
  | "unread"
  /** No `apt-get install` of the stage is sure to take a further word. */
  | "no-plain-install"
  | "foreign-architecture"
  | "no-apt"
  | "not-root"
  /** SHELL of the stage is no shell that is known. */
  | "shell"
  /** No package is known to bring it. */
  | "no-name"
  | "several"
  | "no-choice"
  /** Inferred from names, or other package sources may have it. */
  | "unsure"
  /** The path cannot be written in a COPY as it is. */
  | "path"
  /** Which way is right is for the author to say. */
  | "author"
  /** The new text did not read as it should; nothing of this was kept. */
  | "unverified";

/** A finding that stays, though one of its kind and level is fixed, with the why. */
export interface Refusal {
  readonly code: FindingCode;
  /** The line of the new text. */
  readonly line: number;
  readonly name: string;
  readonly reason: RefusalReason;
  /** What the reason speaks of: words, names, a user. */
  readonly about: readonly string[];
}
