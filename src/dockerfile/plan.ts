import type { PackedFile } from "./packers.ts";
import type { GlobalScope, VariableStep } from "./scope.ts";

/** What a Dockerfile says about its stages, as far as the question of runtime packages goes. All names expanded. */
export interface BuildPlan {
  readonly stages: readonly Stage[];
  /** The runtime stage, or null (a single-stage file, `--runtime none`, an image). */
  readonly runtime: Stage | null;
  /** The last stage, if an earlier one is the runtime stage because the last is usually not what ships; else null. */
  readonly passedOver: Stage | null;
  /** The image that `--runtime` names in place of a stage, or null. */
  readonly runtimeImage: string | null;
  /** The stages that are built and looked at. */
  readonly builders: readonly Stage[];
  /** What is looked at in the builders: explicit artifacts, else every source that the runtime stage copies. */
  readonly artifacts: readonly ArtifactRoot[];
  /**
   * Every file transfer from the builders into the runtime stage, hop stages followed, in order of the instructions;
   * those of the command line stand last and count for their source in place of the Dockerfile's (`destinations`).
   */
  readonly copies: readonly CopyMapping[];
  /** The arguments of the file's global scope, for `runtimeEnv`. */
  readonly global: GlobalScope;
  /** What feeds the runtime stage and is not looked at: other stages, external images, unresolvable names. */
  readonly notLookedAt: readonly NotLookedAt[];
}

/** A path of a builder whose files are artifacts; may hold the wildcards of Go's filepath.Match. */
export interface ArtifactRoot {
  readonly stage: number;
  readonly path: string;
  /** Named on the command line. */
  readonly explicit: boolean;
}

export interface NotLookedAt {
  readonly from: string;
  readonly line: number;
  readonly reason: NotLookedAtReason;
}

/**
 * `other-stage`: not a target · `image`: COPY --from an image or named context · `mount`: RUN --mount=from= ·
 * `url`: ADD of a URL or git repository · `unresolved`: a name without a value, a stage that does not exist or comes
 * later · `no-dpkg`: one of several builders, of a distribution without dpkg.
 */
export type NotLookedAtReason = "no-dpkg" | "other-stage" | "image" | "mount" | "url" | "unresolved";

/** Where something stands: lines from 1, offsets in the text of the file, half open. */
export interface Place {
  readonly line: number;
  readonly endLine: number;
  readonly start: number;
  readonly end: number;
}

export interface Stage {
  readonly index: number;
  /** The name behind AS, lower case as BuildKit compares them, or null. */
  readonly name: string | null;
  /** What FROM names, expanded; null where a variable has no value. */
  readonly from: string | null;
  /** The FROM words as they stand, for messages. */
  readonly fromText: string;
  /** The stage that FROM names, or null: an image. `scratch` is an image with that name. */
  readonly parent: number | null;
  readonly platform: string | null;
  /** Line of the FROM instruction, from 1; last line of the stage. */
  readonly line: number;
  readonly endLine: number;
  readonly instructions: readonly Instruction[];
  /** The variables of the stage at its end, as far as they are known without the base image: see `runtimeEnv`. */
  readonly variables: readonly VariableStep[];
}

/** An instruction of a stage, in order. Triggers (ONBUILD) of a parent stage stand first. */
export type Instruction =
  | CopyInstruction
  | RunInstruction
  | EnvInstruction
  | ArgInstruction
  | WorkdirInstruction
  | UserInstruction
  | CommandInstruction
  | OtherInstruction;

export interface EnvInstruction extends Place {
  readonly kind: "env";
  readonly values: readonly (readonly [string, string | null])[];
}

export interface ArgInstruction extends Place {
  readonly kind: "arg";
  /** Name and value; null: it has none, or it is not known. */
  readonly values: readonly (readonly [string, string | null])[];
}

export interface WorkdirInstruction extends Place {
  readonly kind: "workdir";
  readonly path: string | null;
}

export interface UserInstruction extends Place {
  readonly kind: "user";
  readonly user: string | null;
}

export interface OtherInstruction extends Place {
  readonly kind: "other";
  readonly keyword: string;
}

/** Where COPY takes its files: a stage, an image or named context, or a name that leads nowhere. */
export type CopyFrom = { readonly stage: number } | { readonly image: string } | { readonly unresolved: string };

export interface CopyInstruction extends Place {
  readonly kind: "copy";
  readonly keyword: "COPY" | "ADD";
  /** `--from`: a stage, an image or named context; null is the build context. */
  readonly from: CopyFrom | null;
  /** Expanded sources; null where a variable has no value. Heredoc sources are left out. */
  readonly sources: readonly (string | null)[];
  /** The texts of heredoc sources. */
  readonly inline: readonly string[];
  /** Expanded destination, made absolute by WORKDIR, a trailing slash kept. */
  readonly destination: string | null;
  /** The destination is relative and the base image's WORKDIR is taken to be `/`. */
  readonly destinationAssumed: boolean;
  /** The destination is a folder for certain: `/` at its end, or a folder made by an instruction before. */
  readonly destinationFolder: boolean;
  readonly chmod: string | null;
  readonly parents: boolean;
  readonly link: boolean;
  readonly exclude: readonly string[];
}

export interface RunInstruction extends Place {
  readonly kind: "run";
  /** What the shell commands do, as far as it matters here. */
  readonly aptInstalls: readonly AptInstall[];
  readonly aptLeftovers: AptLeftovers;
  /** Where mounts lie that are no part of the layer (`--mount=type=cache,target=…`, tmpfs, secret). */
  readonly mountTargets: readonly string[];
  readonly callsLdconfig: boolean;
  /** Calls something that ends in an ldconfig trigger: an apt or dpkg installation. */
  readonly installsPackages: boolean;
  /** What its commands pack (`upx app`). */
  readonly packed: readonly PackedFile[];
  /** `--mount=…,from=`: stages and images whose files the step can see. */
  readonly mountsFrom: readonly string[];
  /** Those that mount a path of another stage; of `name` as in `mountsFrom`. */
  readonly stageMounts: readonly {
    readonly name: string;
    readonly stage: number;
    readonly source: string;
    readonly target: string;
  }[];
  /** The first words of the commands it runs, as they stand; variables left out. */
  readonly programs: readonly string[];
  /** Whether all of it could be read as a shell script; where not, apt commands may be hidden in it. */
  readonly understood: boolean;
}

/** What the apt commands of one RUN leave behind, beside what they install. */
export interface AptLeftovers {
  /** The `apt-get update` whose lists are still there at the end, or null. */
  readonly lists: Place | null;
  /** Names of packages that are removed again. */
  readonly removed: readonly string[];
  /** Packages are marked as automatic and then removed: which ones stay is not written here. */
  readonly sweeps: boolean;
}

/** One `apt-get install` (or `apt install`, `aptitude install`, `apt-get satisfy`) command. */
export interface AptInstall extends Place {
  /** The program, as it stands. */
  readonly program: string;
  readonly packages: readonly AptPackageWord[];
  readonly noInstallRecommends: boolean;
  /** The word after which a further option can stand; null: it is not written out. */
  readonly head: Place | null;
  /** Words that could not be resolved to names, as they stand. */
  readonly unknownWords: readonly UnknownWord[];
  /** The RUN may end well without it: it stands in a branch, behind `||` or behind a test. */
  readonly conditional: boolean;
  /** A further word at its end would be installed for certain, as from any plain `apt-get install`. */
  readonly takesMore: boolean;
}

export interface UnknownWord extends Place {
  readonly text: string;
}

export interface AptPackageWord extends Place {
  /** The bare name, without `=version`, `/suite`, `:arch`, `+`. */
  readonly name: string;
  readonly architecture: string | null;
  readonly version: string | null;
  readonly suite: string | null;
  /** `name-`: the package is removed. */
  readonly remove: boolean;
  /** The word as it stands. Several packages share one word where a variable holds a list. */
  readonly text: string;
  /** The word is the name itself, and taking it out of the source takes the package out. */
  readonly literal: boolean;
}

export interface CommandInstruction extends Place {
  readonly kind: "command";
  readonly keyword: "CMD" | "ENTRYPOINT" | "HEALTHCHECK";
  /** The first words of the commands it runs, as they stand (`curl`, `/usr/sbin/postfix`); variables left out. */
  readonly programs: readonly string[];
  /** What the image is told to start: the words of the exec form, else the stage's SHELL and the text. */
  readonly argv: readonly string[];
  /** Written in the shell form. */
  readonly shellForm: boolean;
  /** The words that name scripts of an interpreter, by their endings (`app.py`), as they stand. */
  readonly scripts: readonly string[];
}

/** Files of one builder stage that one COPY brings to the runtime stage. */
export interface CopyMapping {
  /** The stage the files are in when they are looked at (the first of a chain of hops). */
  readonly stage: number;
  /** Absolute source path in that stage; may hold the wildcards of Go's filepath.Match. */
  readonly source: string;
  /** Absolute destination in the runtime stage, a trailing slash kept. */
  readonly destination: string;
  /** Several sources: the destination is a folder. */
  readonly several: boolean;
  /** A RUN mounts it there, and takes what it wants. */
  readonly mounted?: true;
  /** The name that a file takes in a destination folder where a hop stage gave it another one; null: its own. */
  readonly fileName: string | null;
  /** The destination is a folder for certain; a file is copied into it under its own name. */
  readonly destinationFolder: boolean;
  /** `--link`: laid out on an empty layer, where no folder of the base is there to go into. */
  readonly link: boolean;
  /** `--parents`: the part of the source that stays in the destination begins here; null without the flag. */
  readonly pivot: { readonly root: string; readonly pattern: string } | null;
  /** Patterns of `--exclude`. */
  readonly exclude: readonly string[];
  /** `--chmod`, or null. */
  readonly chmod: string | null;
  /** The lines of the instruction in the runtime stage; 0 for a mapping of the command line. */
  readonly line: number;
  /** Whether ldconfig, or an apt run that triggers it, comes after the COPY in the runtime stage. */
  readonly ldconfigAfter: boolean;
  /** The destination is not written anywhere, or is relative to a WORKDIR that is not known. */
  readonly assumed: boolean;
  /** `SRC:DEST` of the command line, which beats the Dockerfile. */
  readonly explicit: boolean;
}
