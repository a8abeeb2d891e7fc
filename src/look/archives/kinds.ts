import { constants, gunzipSync } from "node:zlib";

/** How an archive is read; `other`: a kind that is known by its magic alone. */
export type ArchiveKind = "zip" | "deb" | "tar" | "gzip" | "xz" | "zstd" | "other";

/** Enough to decompress the first header of a tar. */
export const GZIP_HEAD = 1024;
export const TAR_BLOCK = 512;

/**
 * What the script of a look takes for archives of which it reads more, as sources of regular expressions that JavaScript
 * and Perl read the same way. A zip file is read from its end: the end record, with the longest comment (APPNOTE.TXT,
 * 4.3.16).
 */
export const PROBED = "^(?:!<ar|\\x1f\\x8b)";
export const ZIP = "^PK\\x03\\x04";
export const MAX_ZIP_END = 22 + 65_535;

const MAGICS: readonly (readonly [ArchiveKind, string])[] = [
  ["zip", "PK\x03\x04"],
  ["xz", "\xfd7zX"],
  ["zstd", "\x28\xb5\x2f\xfd"],
  ["other", "7z\xbc\xaf"],
  ["other", "Rar!"],
  // RPM packages, squashfs (snaps).
  ["other", "\xed\xab\xee\xdb"],
  ["other", "hsqs"],
];

/** Compressed tars of kinds that are not decompressed here, by name: what is compressed is not known otherwise. */
const OTHER_TARS = /\.(?:tar\.(?:bz2|lz4|lzma|lz|br)|tbz2?|tlz)$/;

/**
 * How many of a file's first bytes tell whether it is an archive; 0: its first four bytes, its size and its name say that
 * it is none. A tar has whole blocks; what is called `.a` is for linkers.
 */
export function probeLength(head: Uint8Array, size: number, path: string): number {
  const magic = latin1(head.subarray(0, 4));
  if (MAGICS.some(([, start]) => magic === start) || OTHER_TARS.test(path)) return 4;
  if (magic.startsWith("\x1f\x8b")) return Math.min(size, GZIP_HEAD);
  if (magic === "!<ar" && !path.endsWith(".a")) return Math.min(size, 24);
  return size >= 2 * TAR_BLOCK && size % TAR_BLOCK === 0 ? TAR_BLOCK : 0;
}

/** The kind of an archive by as many bytes as {@link probeLength} says; null for anything else. */
export function archiveKind(head: Uint8Array, path: string): ArchiveKind | null {
  const text = latin1(head);
  const known = MAGICS.find(([, start]) => text.startsWith(start));
  if (known !== undefined) return known[0];
  if (OTHER_TARS.test(path)) return "other";
  // deb(5): the first member has that name.
  if (text.startsWith("!<arch>\ndebian-binary")) return path.endsWith(".a") ? null : "deb";
  if (text.startsWith("\x1f\x8b")) return isTar(startOf(head)) ? "gzip" : null;
  return isTar(head) ? "tar" : null;
}

/** POSIX and GNU tar (tar(5), "magic"). */
export function isTar(head: Uint8Array): boolean {
  return latin1(head.subarray(257, 262)) === "ustar";
}

function startOf(head: Uint8Array): Uint8Array {
  try {
    return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 1024 * GZIP_HEAD });
  } catch {
    return new Uint8Array(0);
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
