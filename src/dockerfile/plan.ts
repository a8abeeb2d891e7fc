/** What a Dockerfile says about its stages, as far as the question of runtime packages goes. All names expanded. */
export interface BuildPlan {
  readonly stages: readonly Stage[];
  /** The runtime stage, or null (a single-stage file, `--runtime none`). */
  readonly runtime: Stage | null;
  /** The stages that are built and looked at. */
  readonly builders: readonly Stage[];
  /** Every file transfer into the runtime stage, hop stages followed, in order of the instructions. */
  readonly copies: readonly CopyMapping[];
  /** What feeds the runtime stage and is not looked at: other stages, external images, unresolvable names. */
  readonly notLookedAt: readonly { readonly from: string; readonly line: number; readonly reason: string }[];
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
}

/** An instruction of a stage, in order. */
export type Instruction =
  | CopyInstruction
  | RunInstruction
  | { readonly kind: "env"; readonly line: number; readonly values: readonly (readonly [string, string | null])[] }
  | { readonly kind: "workdir"; readonly line: number; readonly path: string | null }
  | { readonly kind: "user"; readonly line: number; readonly user: string | null }
  | CommandInstruction
  | { readonly kind: "other"; readonly line: number; readonly keyword: string };

export interface CopyInstruction {
  readonly kind: "copy";
  readonly line: number;
  readonly keyword: "COPY" | "ADD";
  /** `--from`: a stage, an image or named context; null is the build context. */
  readonly from: { readonly stage: number } | { readonly image: string } | null;
  /** Expanded sources; null where a variable has no value. Heredoc sources are left out. */
  readonly sources: readonly (string | null)[];
  /** Expanded destination, made absolute by WORKDIR, a trailing slash kept. */
  readonly destination: string | null;
  readonly chmod: string | null;
  readonly parents: boolean;
  readonly exclude: readonly string[];
}

export interface RunInstruction {
  readonly kind: "run";
  readonly line: number;
  readonly endLine: number;
  /** What the shell commands do, as far as it matters here. */
  readonly aptInstalls: readonly AptInstall[];
  /** Packages named here are not known by name (a variable, a command substitution, a file). */
  readonly callsLdconfig: boolean;
  /** `--mount=…,from=`: stages and images whose files the step can see. */
  readonly mountsFrom: readonly string[];
}

/** One `apt-get install` (or `apt install`) command. */
export interface AptInstall {
  readonly line: number;
  readonly packages: readonly AptPackageWord[];
  readonly noInstallRecommends: boolean;
  /** Words that could not be resolved to names, as they stand. */
  readonly unknownWords: readonly string[];
}

export interface AptPackageWord {
  /** The bare name, without `=version`, `/suite`, `:arch`. */
  readonly name: string;
  readonly architecture: string | null;
  /** The word as it stands. */
  readonly text: string;
  readonly line: number;
}

export interface CommandInstruction {
  readonly kind: "command";
  readonly line: number;
  readonly keyword: "CMD" | "ENTRYPOINT" | "HEALTHCHECK";
  /** The first words of the commands it runs, as they stand (`curl`, `/usr/sbin/postfix`); variables left out. */
  readonly programs: readonly string[];
}

/** Files of one builder stage that one COPY brings to the runtime stage. */
export interface CopyMapping {
  /** The stage the files are in when they are looked at (the first of a chain of hops). */
  readonly stage: number;
  /** Absolute source path in that stage; may hold the wildcards of Go's filepath.Match. */
  readonly source: string;
  /** Absolute destination in the runtime stage, a trailing slash kept. */
  readonly destination: string;
  /** Several sources or a wildcard: the destination is a folder. */
  readonly several: boolean;
  readonly line: number;
  /** Whether ldconfig, or an apt run that triggers it, comes after the COPY in the runtime stage. */
  readonly ldconfigAfter: boolean;
}
