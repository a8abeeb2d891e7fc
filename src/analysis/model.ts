import type { SonameStory } from "../debian/soname-family.ts";
import type { Via } from "../loader/settings.ts";
import type { BaseFiles, BuilderOrigin } from "./builder-files.ts";
import type { Note } from "./note.ts";

export type { Note, NoteCode, NoteDetails, NoteOf } from "./note.ts";

/**
 * The answer. These names are the contract of `--format json` (schemaVersion 1); more may be added beside them, and
 * readers treat every enumeration as open.
 */
export interface Analysis {
  readonly schemaVersion: 1;
  /** The path of the Dockerfile, as commands were given it; absent in what the library computes. */
  readonly dockerfile?: string;
  /** False where something could not be looked at, or a package cannot be named: the answer may lack packages. */
  readonly complete: boolean;
  readonly builders: readonly BuilderInfo[];
  readonly runtime: RuntimeInfo | null;
  readonly artifacts: readonly Artifact[];
  readonly packages: readonly Package[];
  /** Exactly the words of the apt-get line, sorted; foreign architectures as `name:arch`. */
  readonly install: readonly string[];
  /** All that apt unpacks for the line. */
  readonly added: Added;
  /** Libraries that no package owns: the runtime stage must copy them. */
  readonly copy: readonly CopyNeed[];
  readonly missing: readonly Missing[];
  readonly suggested: readonly Suggestion[];
  /** Packages of the present install line that ours has not. */
  readonly dropped: readonly Dropped[];
  readonly unreadable: readonly { readonly path: string; readonly pathBase64?: string; readonly reason: string }[];
  readonly notes: readonly Note[];
}

export interface Distribution {
  readonly id: string;
  readonly versionId: string | null;
  readonly codename: string | null;
}

export interface BuilderInfo {
  /** The stage's name, its number as text where it has none; null with `--image`. */
  readonly stage: string | null;
  /** What its FROM names (or the image, tree or archive given), expanded. */
  readonly base: string | null;
  readonly origin: BuilderOrigin;
  /** `linux/amd64`. */
  readonly platform: string;
  readonly distribution: Distribution | null;
}

export interface RuntimeInfo {
  readonly stage: string | null;
  readonly base: string | null;
  /** Where the base's contents are known from. */
  readonly source: "image" | "mappings" | "none";
  /** The tree or archive that was looked at in its place; absent where none was. */
  readonly files?: BaseFiles;
  readonly distribution: Distribution | null;
  /** How many packages the base has. */
  readonly packages: number;
}

/** `packed`: a program that unpacks another one, with no dynamic section of its own. */
export type ArtifactKind =
  | "executable"
  | "shared-object"
  | "static"
  | "script"
  | "packed"
  | "foreign"
  | "damaged"
  | "other";

export interface Artifact {
  readonly path: string;
  readonly pathBase64?: string;
  readonly stage: string | null;
  readonly destinations: readonly string[];
  readonly kind: ArtifactKind;
  /** PT_INTERP, or the program that a script names. */
  readonly interpreter: string | null;
  readonly machine: string | null;
  readonly needed: readonly string[];
  readonly runpath: readonly string[];
  readonly libraries: readonly Library[];
}

export type LibraryStatus = "package" | "base" | "artifact" | "unowned" | "missing" | "host" | "unknown";

export interface Library {
  readonly soname: string;
  /** Where the builder's loader finds it. */
  readonly path: string | null;
  /** Where the loader will find it in the runtime stage. */
  readonly runtimePath: string | null;
  /** In the artifact's own DT_NEEDED; else reached through a library that no package owns. */
  readonly direct: boolean;
  /** The package that it comes from, also where that is in base. */
  readonly package: string | null;
  readonly status: LibraryStatus;
  /** How the loader finds it in the runtime stage; null where it does not. */
  readonly via: Via | null;
  /** The element of RPATH, RUNPATH or LD_LIBRARY_PATH as it is written, or the default folder; null for other ways. */
  readonly searchPath: string | null;
  /** The file, at its place in the runtime stage, whose need is told here: the artifact, or a library that it loads. */
  readonly askedBy: string;
}

export type PackageStatus = "install" | "upgrade" | "base" | "implied" | "unavailable";

export interface Package {
  readonly name: string;
  readonly architecture: string;
  readonly builderName: string | null;
  readonly builderVersion: string | null;
  readonly candidateVersion: string | null;
  readonly status: PackageStatus;
  readonly impliedBy: readonly string[];
  readonly sonames: readonly string[];
  /** Names, of packages or virtual ones, that would do as well, as its shlibs file says (`libblas.so.3` for libblas3). */
  readonly alternatives: readonly string[];
  readonly reasons: readonly Reason[];
}

/** What the line brings into the runtime stage, whatever apt chooses. */
export interface Added {
  /** By name and architecture; those of the line, and their dependencies that the base lacks. */
  readonly packages: readonly AddedPackage[];
  /** How much the image grows by the known Installed-Size of each, less that of what is replaced. */
  readonly bytes: number;
  /** False where a size or a dependency is not known, or where apt can choose. */
  readonly exact: boolean;
  /** Who knows the versions and sizes: apt in the runtime base, or dpkg of the builder; null if nobody does. */
  readonly from: "apt" | "builder" | null;
}

export interface AddedPackage {
  readonly name: string;
  readonly architecture: string;
  readonly version: string | null;
  /** The version in the base that is too old, or null. */
  readonly replaces: string | null;
  /** Installed-Size; null where it is not known. */
  readonly bytes: number | null;
  /** Whether the line names it. */
  readonly listed: boolean;
  /** Whether an artifact needs it, and not only a dependency. */
  readonly needed: boolean;
  /** Those of the others that apt installs because of it, as `name:architecture`. */
  readonly depends: readonly string[];
}

export type ReasonKind =
  | "needed"
  | "interpreter"
  | "command"
  | "depends"
  | "dlopen"
  | "preload"
  | "observed"
  | "kept"
  | "recommended";

/**
 * Why a package is there: one shortest chain an artifact, from the artifact's own need to the file of the package. For
 * `command`, `artifact` is what calls one of its commands: `CMD`, `ENTRYPOINT`, `HEALTHCHECK`, or a script and its line;
 * for `depends`, a .deb whose control file names the package; for `kept`, the config file.
 */
export interface Reason {
  readonly artifact: string;
  readonly kind: ReasonKind;
  readonly chain: readonly ChainLink[];
  /** For `recommended`: what the users of the chain's last library want it for; for `kept`: the user's reason. */
  readonly because?: string;
}

export interface ChainLink {
  /** The soname asked for; for an interpreter the path asked for. */
  readonly soname: string;
  readonly path: string | null;
  /** How the loader finds it; absent for interpreters. */
  readonly via?: Via | null;
}

export interface CopyNeed {
  /** The builder stage it is in. */
  readonly stage: string | null;
  readonly soname: string;
  /** The path that the builder's loader opened. */
  readonly source: string;
  /** The file behind it, links followed. */
  readonly realPath: string;
  /** The folder or file it has to be at in the runtime stage. */
  readonly destination: string;
  /** The builder's package that owns it, where the runtime base has no apt to install that; else null. */
  readonly package: string | null;
  readonly requiredBy: readonly string[];
}

export interface Missing {
  /**
   * `plugin`: a library that only plugins need: shared objects that no program among the artifacts loads by NEEDED. Whether
   * something opens them is not known.
   */
  readonly kind: "library" | "version" | "interpreter" | "command" | "misplaced" | "plugin";
  /** A soname, the interpreter's path, or the program as it is called. */
  readonly name: string;
  /** The symbol version, for the kind `version`. */
  readonly version: string | null;
  /** The file that lacks the version, or the misplaced library. */
  readonly providedBy: string | null;
  /** Other sonames that would do, where a program opens one of several. */
  readonly alternatives?: readonly string[];
  readonly requiredBy: readonly string[];
  /** Each from an artifact down to what is missing. */
  readonly chains: readonly (readonly ChainLink[])[];
  readonly hint: MissingHint | null;
}

/** What may help where something is missing; its wording is in `report/`. */
export type MissingHint =
  /** Packages of the release that have it, none of them installed in the builder. */
  | { readonly kind: "not-installed"; readonly packages: readonly string[] }
  /** Each of these packages of the release has it, and which one is meant is not known. */
  | { readonly kind: "one-of"; readonly packages: readonly string[] }
  /**
   * Not even the builder has it, so the program was built elsewhere: what is known of its soname. `release` is the
   * runtime's, null if it is not known; `absent`: its complete table does not have the soname.
   */
  | {
      readonly kind: "built-elsewhere";
      readonly release: string | null;
      readonly absent: boolean;
      readonly story: SonameStory;
    }
  /** A package that may have it. */
  | { readonly kind: "perhaps"; readonly package: string }
  /** No package of the runtime's release (null: it is not known) has it, says its table or apt. */
  | {
      readonly kind: "no-package";
      readonly release: string | null;
      readonly says: "table" | "apt";
      readonly builderPackage: string | null;
      readonly story: SonameStory | null;
    }
  /** The builder's package, whose name apt would read as something else, and no package of that name is known. */
  | {
      readonly kind: "misread";
      readonly package: string;
      readonly as: "remove" | "install" | "pattern";
      readonly matches: readonly string[];
    }
  /** apt in the runtime base has no package of that name. */
  | { readonly kind: "unavailable"; readonly package: string }
  /** The base has the package installed, and its file is not there. */
  | { readonly kind: "stripped"; readonly package: string }
  | { readonly kind: "interpreter-unavailable"; readonly path: string; readonly builderPackage: string }
  /** The runtime base has no apt. */
  | { readonly kind: "no-apt"; readonly path: string; readonly builderPackage: string }
  /** ld.so.conf names the folder; `line` is that of the COPY, null where there is none. */
  | { readonly kind: "ldconfig"; readonly line: number | null }
  | { readonly kind: "unsearched-folder"; readonly folder: string; readonly line: number | null }
  | {
      readonly kind: "other-version";
      readonly builder: { readonly package: string; readonly version: string };
      readonly base: { readonly package: string; readonly version: string };
      readonly crossRelease: boolean;
    }
  /** A script whose first line ends in CRLF. */
  | { readonly kind: "carriage-return" };

export interface Suggestion {
  readonly package: string;
  readonly strength: "required" | "recommended" | "suggested";
  readonly trigger: string;
  readonly reason: string;
}

export type DroppedReason = "base" | "implied" | "no-evidence";

export interface Dropped {
  readonly package: string;
  readonly reason: DroppedReason;
  /** What calls a program of it: CMD, ENTRYPOINT, HEALTHCHECK, a script as `path:line`; or null. */
  readonly calledBy: string | null;
}
