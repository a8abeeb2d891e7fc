import type { Packing } from "../elf/packing.ts";
import type { BuilderFiles } from "./builder-files.ts";

/** The details of each note, by its code. A path that a note is about stands beside them, as `path`. */
export interface NoteDetails {
  readonly "foreign-architecture": { readonly machine: string | null };
  readonly musl: NoDetails;
  readonly android: NoDetails;
  readonly "damaged-elf": { readonly reason: string };
  /**
   * A file that holds a program which cannot be read. `line`: of the RUN that packs it; `unpacked`: what that RUN packs,
   * which can be inspected in its place.
   */
  readonly packed: { readonly method: Packing; readonly line: number | null; readonly unpacked: string | null };
  /** An archive that could not be opened, or not to its end. */
  readonly "archive-not-read": { readonly reason: string };
  /** Archives in an archive are not opened; `first`: the path of one. */
  readonly "archives-in-archive": { readonly first: string; readonly count: number };
  readonly "dev-package": { readonly package: string; readonly soname: string };
  /** The paths that ldd and our own rules give; null: not found. */
  readonly "loader-differs": { readonly soname: string; readonly ldd: string | null; readonly static: string | null };
  /** `files`: the number of files that the loader could not be asked about for this reason. */
  readonly "loader-not-asked": { readonly reason: string; readonly files: number };
  readonly "needs-ldconfig": NoDetails;
  readonly "shadows-package": { readonly package: string; readonly soname: string };
  readonly "last-stage-passed-over": { readonly stage: string; readonly chosen: string };
  readonly "not-looked-at": { readonly from: string; readonly line: number; readonly reason: string };
  readonly "unresolved-plugin": { readonly soname: string };
  /** A missing library of a plugin that programs go on without. */
  readonly "optional-plugin": { readonly soname: string };
  readonly "releases-differ": { readonly builder: string; readonly runtime: string };
  /** `declared`: a runtime stage names the base. */
  readonly "assumed-base": { readonly base: string; readonly declared?: true };
  readonly "loader-not-run": {
    readonly base: string | null;
    readonly reason: NonNullable<BuilderFiles["loaderAbsence"]>;
  };
  readonly "configuration-unknown": { readonly tree: string };
  readonly "assumed-destination": { readonly destination: string };
  /** `packages`: those of the release that are known to have it. */
  readonly "command-not-found": {
    readonly keyword: string;
    readonly program: string;
    readonly packages?: readonly string[];
  };
  readonly "interpreter-unowned": { readonly interpreter: string };
  /** A library that the builder does not have; a package of the present list does, according to the tables. */
  readonly "library-from-list": { readonly soname: string; readonly package: string };
  readonly "dlopen-damaged": { readonly reason: string };
  readonly "dlopen-suggested": {
    readonly sonames: readonly string[];
    readonly priority: string;
    readonly feature: string | null;
    readonly description: string | null;
  };
  readonly "half-installed": { readonly package: string; readonly state: string };
  readonly "package-held": { readonly package: string };
  /** Of dpkg's status of the builder or the base. */
  readonly "package-names-invalid": { readonly names: readonly string[] };
  /** `table`: a complete table of the release · `apt`: apt in the runtime base, which has `candidate` or nothing. */
  readonly "foreign-package-origin": {
    readonly package: string;
    readonly version: string | null;
    readonly maintainer: string | null;
    readonly evidence: "table" | "apt";
    readonly release: string;
    readonly candidate: string | null;
  };
  readonly "names-not-searched": { readonly files: number };
  readonly "possibly-opened": { readonly soname: string; readonly package: string };
  readonly "copy-breaks-merged-usr": { readonly link: string };
  readonly "no-apt-runtime": { readonly base: string | null };
  readonly "closure-unknown": { readonly runtime: string };
  /** `online`: apt was asked. */
  readonly "perhaps-implied": { readonly package: string; readonly by: readonly string[]; readonly online: boolean };
  readonly "versions-unproved": {
    readonly soname: string;
    readonly package: string;
    readonly versions: readonly string[];
  };
  readonly "soname-unknown": {
    readonly soname: string;
    readonly hint: string | null;
    readonly requiredBy: readonly string[];
  };
  readonly "interpreter-unknown": { readonly interpreter: string; readonly hint: string };
}

type NoDetails = Readonly<Record<never, never>>;

export type NoteCode = keyof NoteDetails;

/** A note of one code. */
export type NoteOf<Code extends NoteCode> = {
  readonly code: Code;
  readonly path: string | null;
  /** Beside a path whose bytes are not UTF-8. */
  readonly pathBase64?: string;
} & NoteDetails[Code];

/** Something seen and left out, with the why. */
export type Note = { readonly [Code in NoteCode]: NoteOf<Code> }[NoteCode];
