/**
 * What one look at one image saw: plain data, and the only input of everything that follows. The same snapshot comes
 * from every way of looking. Names are strings as `decodeName` gives them; everything is sorted by bytes, and nothing
 * in it (inode numbers, times, load addresses) differs between two looks at the same image.
 */
export interface Snapshot {
  readonly snapshotVersion: 1;
  readonly image: ImageFacts;
  /** `/etc/os-release` as it stands, or null. */
  readonly osRelease: string | null;
  /** What was asked for: the files under these are the artifacts. */
  readonly artifactPaths: readonly string[];
  /** Everything seen, by path; a path that was asked for and is not there has the type `absent`. */
  readonly files: readonly FileFact[];
  /** Folders of which every entry is in `files`: what is not there does not exist. */
  readonly listed: readonly string[];
  readonly unreadable: readonly { readonly path: string; readonly reason: string }[];
  /** What the loader answered; empty where it was not asked. */
  readonly questions: readonly LoaderQuestion[];
  /** `/etc/ld.so.cache`, base64, or null. */
  readonly loaderCache: string | null;
  /** Null where the image has no dpkg database. */
  readonly dpkg: DpkgFacts | null;
}

export interface ImageFacts {
  readonly os: string;
  /** Docker's name: amd64, arm64 … */
  readonly architecture: string;
  readonly variant: string | null;
  readonly env: readonly string[];
  readonly workingDir: string;
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
}

export type FileType = "file" | "directory" | "symlink" | "fifo" | "socket" | "character" | "block" | "absent";

export interface FileFact {
  /** Absolute, without `.`, `..` or a doubled slash; no component but the last is a symlink. */
  readonly path: string;
  readonly type: FileType;
  /** Permission bits with setuid, setgid and sticky (0o7777); 0 where absent. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of a regular file, else 0. */
  readonly size: number;
  /** Where a symlink points, as it stands in the link. */
  readonly target?: string;
  /**
   * Byte ranges of a regular file, in order and without overlap: for an ELF file those that the reader of src/elf
   * touches, for a script (`#!`) the first 256 bytes (BINPRM_BUF_SIZE of the kernel), for a shell script among the
   * artifacts of up to 64 KiB, and for ld.so's configuration, the whole file. Absent where the bytes do not matter.
   */
  readonly ranges?: readonly ByteRange[];
  /**
   * For a dynamic ELF file among the artifacts: the sonames among its string literals, without its own and those that
   * it needs, sorted. Absent where the file was not searched. For a text among the artifacts: the names and paths of
   * libraries in it; absent where there are none.
   */
  readonly sonameStrings?: readonly string[];
  /** For a dynamic ELF file among the artifacts: the functions that open libraries by name which it names, sorted. */
  readonly openers?: readonly string[];
  /** For a text among the artifacts: the extension modules among the artifacts that it imports, sorted. */
  readonly imports?: readonly string[];
  /** For an archive among the artifacts. */
  readonly archive?: ArchiveFact;
  /** The archive that the file is in: its path is `ARCHIVE!/MEMBER`, and nothing is there in the image. */
  readonly inside?: string;
}

/** What was seen of an archive, whose ELF files, scripts and links are files of the snapshot. */
export interface ArchiveFact {
  readonly kind: "zip" | "tar" | "deb" | "other";
  /** Why it was not opened, or not to its end; else null. */
  readonly failure: string | null;
  /** The archives in it, which are not opened. */
  readonly nested: readonly string[];
  /** Fields of a .deb's control file: Package, Pre-Depends, Depends. */
  readonly control?: Readonly<Record<string, string>>;
}

/** `[offset, base64]`. */
export type ByteRange = readonly [number, string];

/**
 * One process of the loader, `LD_TRACE_LOADED_OBJECTS=1 ld.so FILE` as ldd has it, stands for all files that would get the
 * same answer.
 */
export interface LoaderQuestion {
  readonly asked: string;
  readonly files: readonly string[];
  /** The loader (or ldd) that was run. */
  readonly loader: string;
  /** Exit code; null where it could not be run or was ended by a signal. */
  readonly exit: number | null;
  /** Standard output with the load addresses taken away (`libz.so.1 => /lib/…/libz.so.1`). */
  readonly output: string;
  readonly errors: string;
}

export interface DpkgFacts {
  /** `dpkg --print-architecture`. */
  readonly architecture: string;
  readonly foreignArchitectures: readonly string[];
  /** Stanzas of the status file, with the fields that matter (see `STATUS_FIELDS`). */
  readonly packages: readonly Readonly<Record<string, string>>[];
  /** Lines of `dpkg -S` (LC_ALL=C), sorted, each once. */
  readonly owners: readonly string[];
  /** Lines of the `.shlibs` files, each behind `package: ` or `package:arch: `. */
  readonly shlibs: readonly string[];
  /** `name:architecture` of what apt installed by itself, as its extended_states has it; absent where that was not read. */
  readonly automatic?: readonly string[];
}

/** The fields of dpkg's status file that a snapshot keeps. */
export const STATUS_FIELDS: readonly string[] = [
  "Package",
  "Status",
  "Architecture",
  "Multi-Arch",
  "Version",
  "Source",
  "Essential",
  "Priority",
  "Section",
  "Maintainer",
  "Installed-Size",
  "Provides",
  "Pre-Depends",
  "Depends",
];

/** What a look is asked for. */
export interface LookRequest {
  /** Files and folders that are walked in full. */
  readonly artifactPaths: readonly string[];
  /** Folders to list beside the loader's own (RUNPATH folders of another image, LD_LIBRARY_PATH). */
  readonly folders: readonly string[];
  /** Single paths to look at: interpreters, commands. */
  readonly paths: readonly string[];
  /** Whether the loader is asked about the artifacts. */
  readonly askLoader: boolean;
  /** Whether the artifacts are searched for sonames among their string literals. */
  readonly searchStrings: boolean;
}
