/** What the loader of an image is asked of one file. */
export interface FileQuestion {
  /** The loader to run, never the file's own PT_INTERP: that would run what the file names. */
  readonly loader: string;
  readonly path: string;
  /** LD_LIBRARY_PATH and LD_PRELOAD do not count: setuid and setgid programs (ld.so(8), secure execution). */
  readonly secure: boolean;
}

export interface FileQuestions {
  /** Packages that dpkg takes out before; nothing of it stays. */
  readonly purge: readonly string[];
  /** LD_LIBRARY_PATH and LD_PRELOAD of the programs; empty for none. */
  readonly libraryPath: string;
  readonly preload: string;
  readonly files: readonly FileQuestion[];
  /** Paths of which is asked whether an executable file is there, and whether any file is. */
  readonly programs: readonly string[];
}

export interface FileAnswers {
  /** dpkg's exit code; null where nothing was to be purged. */
  readonly purged: number | null;
  /** What dpkg said. */
  readonly dpkg: string;
  /** In the order of the questions: the exit code, null where a signal ended it, and all that was printed. */
  readonly files: readonly { readonly exit: number | null; readonly text: string }[];
  readonly programs: readonly { readonly executable: boolean; readonly there: boolean }[];
}
