/** One entry of a folder that is offered to the engine. */
export interface SourceEntry {
  /** Relative to the folder, with `/`. */
  readonly path: string;
  /** Go's FileMode. */
  readonly mode: number;
  readonly size: number;
  /** Nanoseconds since 1970. */
  readonly modified: bigint;
  readonly linkTarget: string;
}

/** What the engine asks for of a folder; the sender has to do the choosing. */
export interface Selection {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly follow: readonly string[];
}

/** A folder offered to the engine: the build context, or the Dockerfile in memory. */
export interface FileSource {
  /** Sorted as fsutil wants it: a folder before what is in it, names by bytes. */
  entries(selection: Selection): AsyncIterable<SourceEntry>;
  open(path: string): AsyncIterable<Uint8Array>;
}

/** Go's file mode bits. https://pkg.go.dev/io/fs#FileMode */
export const GoMode = {
  directory: 2 ** 31,
  symlink: 2 ** 27,
  namedPipe: 2 ** 25,
  setuid: 2 ** 23,
  setgid: 2 ** 22,
  sticky: 2 ** 20,
} as const;

/** Whether an entry's content can be asked for: of the kinds that are sent, all others have a higher bit. */
export function isRegular(mode: number): boolean {
  return mode < GoMode.namedPipe;
}
