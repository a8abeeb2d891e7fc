import type { DependencyEdge } from "../../debian/closure.ts";
import type { Skipped, Via } from "../../loader/settings.ts";
import type {
  ArtifactKind,
  Dropped,
  LibraryStatus,
  Missing,
  Note,
  PackageStatus,
  ReasonKind,
  RuntimeInfo,
  Suggestion,
} from "../model.ts";

/**
 * The answer of `msb-deps why`: what a name means, what asks for it and what becomes of it. These names are the contract
 * of `why --format json`; more may be added beside them, and readers treat every enumeration as open.
 */
export interface Why {
  readonly whyVersion: 1;
  readonly name: string;
  /** Always `run`: the answer comes from everything that a run saw. */
  readonly source: "run";
  readonly complete: boolean;
  readonly runtime: RuntimeInfo | null;
  /** The artifacts ask for it, or apt brings it because of them. */
  readonly needed: boolean;
  readonly packages: readonly PackageStory[];
  /** Files of that name or path that images have, whether or not something asks for them. */
  readonly places: readonly FilePlace[];
  /** Each artifact that asks for it, with the way down; of an artifact that is the name itself, all that it loads. */
  readonly trees: readonly ArtifactTree[];
  readonly missing: readonly Missing[];
  readonly suggested: readonly Suggestion[];
  readonly dropped: readonly Dropped[];
  readonly notes: readonly Note[];
  /** Packages of the runtime's release that are known to have the soname, where no image has it. */
  readonly broughtBy: readonly string[];
  /** Names that are like it, where nothing has just this one. */
  readonly similar: readonly string[];
}

/**
 * What becomes of a package beside {@link PackageStatus}: `possible` where apt may choose it, `not-needed` where the
 * builder has it and nothing speaks for it, `unknown` where that cannot be told.
 */
export type StoryStatus = PackageStatus | "possible" | "not-needed" | "unknown";

/** Why a package is in the line, or is not. */
export interface PackageStory {
  /** As apt-get knows it: `name`, or `name:arch` for a foreign architecture. */
  readonly package: string;
  /** How the name asked for leads to it. */
  readonly matched: "name" | "builder-name" | "provides" | "owner";
  readonly status: StoryStatus;
  /** A file of it is asked for, by the loader, an interpreter line or what else is a reason for the line. */
  readonly asked: boolean;
  /** The sonames of it that the loader is asked for by files of ours. */
  readonly sonames: readonly string[];
  readonly baseVersion: string | null;
  readonly builderVersion: string | null;
  readonly candidateVersion: string | null;
  /** The packages of the line that bring it, each with a shortest path. */
  readonly impliedBy: readonly ImpliedBy[];
}

export interface ImpliedBy {
  readonly package: string;
  readonly path: readonly DependencyEdge[];
}

export interface FilePlace {
  readonly path: string;
  readonly image: "builder" | "base";
  /** The stage of a builder. */
  readonly stage: string | null;
  readonly package: string | null;
  /** The image's ld.so.cache has it under this soname. */
  readonly cachedAs: string | null;
}

export interface ArtifactTree {
  readonly artifact: string;
  readonly pathBase64?: string;
  readonly stage: string | null;
  /** Where it will be in the runtime stage; null where no COPY brings it. */
  readonly destination: string | null;
  /**
   * `preload`: no artifact but LD_PRELOAD or /etc/ld.so.preload of the runtime stage · `command`: an instruction, or a line
   * of a script, that calls a command · `config`: the config file.
   */
  readonly kind: ArtifactKind | "preload" | "command" | "archive" | "config";
  /** It is what the name means: all of its tree is here. */
  readonly match: boolean;
  readonly needs: readonly TreeNode[];
}

/** A library or interpreter, and what it loads in turn. */
export interface TreeNode {
  /** The soname asked for; for an interpreter what the file names. */
  readonly name: string;
  readonly kind: ReasonKind;
  readonly path: string | null;
  /** The file behind the path, links followed. */
  readonly realPath: string | null;
  /** Where the builder has it, for what files of ours ask for. */
  readonly builderPath: string | null;
  /**
   * Where it was looked for: the runtime stage as it will be, or, behind a package that is not installed yet, the builder.
   */
  readonly image: "runtime" | "builder";
  readonly via: Via | null;
  readonly searchPath: string | null;
  /** What the loader passed over before. */
  readonly skipped: readonly Skipped[];
  readonly status: LibraryStatus;
  readonly package: string | null;
  readonly packageStatus: StoryStatus | null;
  /** What it loads is told where it comes first. */
  readonly repeated: boolean;
  /** It is what the name means. */
  readonly match: boolean;
  /** For the kinds `recommended` and `kept`: what for. */
  readonly because?: string;
  readonly needs: readonly TreeNode[];
}
