import type { LeftOut } from "../dockerfile/line-stage.ts";

/** What `verify` proved of a runtime image, and how: `proof` of `verify -f json`. Readers treat enumerations as open. */
export interface Proof {
  /** `line`: the stage with our line in place of what it installs · `current`: the stage as it stands. */
  readonly mode: "line" | "current";
  /** Everything that could be asked about resolves; null where nothing could be asked. */
  readonly sufficient: boolean | null;
  /** Every package that is there for the loader or an interpreter is needed; null where that was not asked, or is not known. */
  readonly irreducible: boolean | null;
  /** The words that were installed. */
  readonly line: readonly string[];
  readonly asked: Asked;
  readonly unresolved: readonly Trouble[];
  /** What our own rules find wrong, and the image's loader does not. */
  readonly differs: readonly Trouble[];
  /** What the loader does not find alone, and is not expected to. */
  readonly exempt: readonly Exempt[];
  /** Files about which nobody could be asked. */
  readonly unproved: readonly {
    readonly path: string;
    readonly pathBase64?: string;
    readonly reason: UnprovedReason;
  }[];
  /** Each word of the line, taken out; empty without `--irreducible`. */
  readonly members: readonly MemberProof[];
  readonly removable: readonly string[];
  readonly notProvable: readonly string[];
  /** Why nothing can be said of the line as a whole: what of it could not be read. */
  readonly unread: readonly string[];
  /** COPY instructions that were added because the answer asks for them. */
  readonly copied: readonly { readonly from: string; readonly source: string; readonly destination: string }[];
  /** Instructions of the runtime stage that have no part in the image with the line. */
  readonly leftOut: readonly LeftOut[];
  readonly run: RunProof | null;
  /** Bytes of all layers, as the engine counts them. */
  readonly imageBytes: number;
  readonly baseBytes: number | null;
  /** What `apt-get install` of every package that ldd names would install beyond the line; null where apt was not asked (without `--irreducible`). */
  readonly named: NamedInstall | null;
}

export interface Asked {
  /** Files that the image's own loader was asked about. */
  readonly loader: number;
  /** Files that our rules alone were asked about, because the loader could not be. */
  readonly rules: number;
  /** Interpreters of programs and scripts. */
  readonly interpreters: number;
}

export type TroubleKind = "library" | "version" | "interpreter" | "command" | "preload" | "absent" | "loader";

/** Something that does not resolve in an image. */
export interface Trouble {
  /** The file in the image that asks; for `command` the instruction, `ENTRYPOINT` or `CMD`. */
  readonly path: string;
  readonly pathBase64?: string;
  readonly kind: TroubleKind;
  /** A soname, the file that lacks a version, an interpreter, a command; for `loader` what the loader said. */
  readonly name: string;
  readonly version: string | null;
  readonly by: "loader" | "rules";
}

export interface Exempt {
  readonly path: string;
  readonly name: string;
  /**
   * `host`: it comes with the host's driver · `plugin`: the program that opens the file has it in memory · `optional`: the
   * file is a plugin that programs go on without.
   */
  readonly reason: "host" | "plugin" | "optional";
}

/**
 * `archive`: an archive that was not read, or a member of one that the image does not have unpacked and that does not find
 * everything in the archive; also what is only mounted ·
 * `foreign`: another architecture's or another libc's · `damaged`: no whole ELF file · `packed`: it hides another program,
 * whatever the loader says of itself · `unknown`: the rules cannot tell ·
 * `command`: what ENTRYPOINT or CMD starts is not in the image, and a RUN that was left out may make it.
 */
export type UnprovedReason = "archive" | "foreign" | "damaged" | "packed" | "unknown" | "command" | "plugin";

/**
 * `needed`: without it something no longer resolves · `removable`: without it all resolves · `not-provable`: the loader
 * has no say in it · `unknown`: it could not be tried.
 */
export type MemberVerdict = "needed" | "removable" | "not-provable" | "unknown";

/** One word of the line, taken out. */
export interface MemberProof {
  readonly package: string;
  readonly verdict: MemberVerdict;
  /**
   * `simulated`: apt installs the same without it · `purged`: taken out of the image by dpkg, with what came because
   * of it · `built`: the image built anew without it · null: not tried.
   */
  readonly how: "simulated" | "purged" | "built" | null;
  /** Packages that apt does not install without it. */
  readonly gone: readonly string[];
  /** Files that no longer resolve. */
  readonly broken: number;
  readonly example: Trouble | null;
  /** For `not-provable` and `unknown`: why. */
  readonly reason: string | null;
}

/** What `--run` came to. */
export interface RunProof {
  readonly command: string;
  /** `ended`: by itself · `limit`: it still ran at the time limit. */
  readonly outcome: "ended" | "limit";
  readonly exitCode: number | null;
  readonly seconds: number;
  /** The last lines that it printed. */
  readonly output: readonly string[];
  /** Processes whose loader told what it did. */
  readonly processes: number;
  /** False where the loaders had more to tell than there was room for. */
  readonly whole: boolean;
  /** Libraries that were opened with dlopen(3), and what came with these. */
  readonly opened: readonly Opened[];
  /** Libraries that were looked for and not found. */
  readonly missing: readonly Unopened[];
  /** Packages that `--add-observed` put into the line. */
  readonly added: readonly string[];
}

export interface Opened {
  readonly path: string;
  /** The program or library that opened it. */
  readonly by: string;
  /** The package of the image that has it; null for a file of no package. */
  readonly package: string | null;
  /** Whether base, artifacts or line bring it. */
  readonly brought: boolean;
}

export interface Unopened {
  readonly name: string;
  readonly by: string;
  /** The builder's package that has it, by the name that it has in the runtime's release; null where none has. */
  readonly package: string | null;
  /** Where the builder has it, or null. */
  readonly builderPath: string | null;
}

export interface NamedInstall {
  /** Packages, without those of the line and what comes with it. */
  readonly packages: readonly string[];
  /** The sum of their Installed-Size. */
  readonly bytes: number;
}
