import type { ChainLink, MissingHint } from "../analysis/model.ts";

/** `warning` and up is what a person should look at; `info` is worth knowing and never a fault (docs/rules.md). */
export type Severity = "error" | "warning" | "info";

/**
 * `proved`: by the loader, by dpkg or apt of the images, or by the text of the Dockerfile itself · `declared`: a table, a
 * tag or a field says so · `heuristic`: inferred from names. What is only heuristic is never an error.
 */
export type Confidence = "proved" | "declared" | "heuristic";

/** Lines and columns from 1; columns count UTF-16 units, and the end is the first one behind (as in SARIF). */
export interface Span {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** One chain from an artifact down to what speaks for the finding. */
export interface Evidence {
  readonly artifact: string;
  readonly chain: readonly ChainLink[];
}

/** Something to say about a Dockerfile, as data: the sentence for it is in `src/report/finding-text.ts`. */
export type Finding = FindingHead & FindingDetail;

export interface FindingHead extends Span {
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly package: string | null;
  readonly evidence: readonly Evidence[];
  /** What the package costs in an image that was audited without its Dockerfile. */
  readonly cost?: Cost;
}

/** What goes when a package goes. */
export interface Cost {
  /** Its Installed-Size and that of the orphans, in KiB. */
  readonly kibibytes: number;
  /** What apt-get autoremove would take with it: automatically installed, and nothing else depends on it. */
  readonly orphans: readonly string[];
}

export type FindingDetail =
  | MissingDetail
  | NotCopiedDetail
  | WrongPlaceDetail
  | SkewDetail
  | UnknownPackageDetail
  | RenamedDetail
  | UnusedDetail
  | NoEvidenceDetail
  | RedundantDetail
  | DevPackageDetail
  | RecommendsDetail
  | ListsLeftDetail
  | RootUserDetail
  | SecretDetail
  | UnpinnedBaseDetail
  | BaseDiffersDetail;

export interface MissingDetail {
  readonly code: "missing";
  /**
   * `package` has a name to install; of the others nobody knows one. `plugin`: a library that only plugins need, which may
   * never be opened.
   */
  readonly kind: "package" | "library" | "interpreter" | "command" | "plugin";
  /** The word for apt, the soname or the interpreter's path. */
  readonly name: string;
  /** Packages that would do as well. */
  readonly alternatives: readonly string[];
  readonly hint: MissingHint | null;
  /** What of the list may bring it all the same, as nothing is known of it. */
  readonly perhapsFrom: readonly string[];
}

export interface NotCopiedDetail {
  readonly code: "not-copied";
  readonly soname: string;
  readonly stage: string | null;
  readonly source: string;
  readonly destination: string;
}

export interface WrongPlaceDetail {
  readonly code: "wrong-place";
  /** `unsearched`: the loader does not look there · `link`: the base has a link where a folder is copied to. */
  readonly kind: "unsearched" | "link";
  readonly name: string;
  readonly path: string;
  readonly hint: MissingHint | null;
}

export interface SkewDetail {
  readonly code: "skew";
  /** `version`: a symbol version · `library`: no package of the runtime's release has it · `unproved`: nobody knows. */
  readonly kind: "version" | "library" | "unproved";
  readonly name: string;
  readonly versions: readonly string[];
  readonly providedBy: string | null;
  readonly hint: MissingHint | null;
}

export interface UnknownPackageDetail {
  readonly code: "unknown-package";
  /** `absent`: the release has it not · `several`: several packages provide it · `soname`: that names a library. */
  readonly kind: "absent" | "several" | "soname";
  readonly name: string;
  readonly release: string;
  /** What may be meant, best first. */
  readonly choices: readonly string[];
}

export interface RenamedDetail {
  readonly code: "renamed";
  readonly name: string;
  readonly to: string;
}

export interface UnusedDetail {
  readonly code: "unused";
  readonly name: string;
  /** What the package is known to have, and nothing uses. */
  readonly has: "libraries" | "commands";
  readonly names: readonly string[];
}

export interface NoEvidenceDetail {
  readonly code: "no-evidence";
  readonly name: string;
  /**
   * `data`: it has neither libraries nor commands · `unseen`: what was not read with certainty may call it · `opened`: a
   * program that runs may open its libraries by name · `unknown`.
   */
  readonly kind: "data" | "unseen" | "opened" | "unknown";
}

export interface RedundantDetail {
  readonly code: "redundant";
  readonly name: string;
  readonly kind: "base" | "implied";
  /** The base image, or the listed packages that bring it. */
  readonly by: readonly string[];
}

export interface DevPackageDetail {
  readonly code: "dev-package";
  readonly name: string;
  /** The stage itself builds after installing it, or there is no other one. */
  readonly builds: boolean;
  /** The packages with its libraries that the artifacts need. */
  readonly instead: readonly string[];
}

export interface RecommendsDetail {
  readonly code: "recommends";
  readonly program: string;
}

export interface ListsLeftDetail {
  readonly code: "lists-left";
}

export interface RootUserDetail {
  readonly code: "root-user";
  /** The user of the last USER instruction; null where there is none. */
  readonly user: string | null;
}

export interface SecretDetail {
  readonly code: "secret-in-build";
  readonly keyword: string;
  /** The variable or the file; never its value. */
  readonly name: string;
  /** What gives it away. */
  readonly kind: "name" | "value" | "file";
}

export interface UnpinnedBaseDetail {
  readonly code: "unpinned-base";
  readonly reference: string;
  /** `untagged`: no tag at all · `moving`: a tag that will mean another release. */
  readonly kind: "untagged" | "moving";
}

export interface BaseDiffersDetail {
  readonly code: "base-differs";
  readonly builder: string;
  readonly runtime: string;
}

export type FindingCode = FindingDetail["code"];

/** All codes, in the order of docs/rules.md. They are permanent. */
export const FINDING_CODES = [
  "missing",
  "not-copied",
  "wrong-place",
  "skew",
  "unknown-package",
  "renamed",
  "unused",
  "no-evidence",
  "redundant",
  "dev-package",
  "recommends",
  "lists-left",
  "root-user",
  "secret-in-build",
  "unpinned-base",
  "base-differs",
] as const satisfies readonly FindingCode[];

/** A heuristic is never an error (docs/rules.md). */
export function severityOf(severity: Severity, confidence: Confidence): Severity {
  return severity === "error" && confidence === "heuristic" ? "warning" : severity;
}
