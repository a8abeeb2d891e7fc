import { decodeName } from "../base/names.ts";

/** One line of `ldconfig -p`. */
export interface CacheEntry {
  readonly soname: string;
  readonly path: string;
  /** The kind of library: FLAG_ELF_LIBC6 (3) and the ABI (glibc sysdeps/generic/ldconfig.h). */
  readonly flags: number;
  /** The glibc-hwcaps subfolder that it is from, or the mask of an older glibc's capabilities as hexadecimal. */
  readonly hwcap: string | null;
}

export type CacheReading =
  | { readonly kind: "cache"; readonly entries: readonly CacheEntry[] }
  | { readonly kind: "damaged"; readonly reason: string };

const OLD_MAGIC = "ld.so-1.7.0";
const NEW_MAGIC = "glibc-ld.so.cache1.1";
const OLD_HEADER = 16;
const OLD_ENTRY = 12;
const NEW_HEADER = 48;
const NEW_ENTRY = 24;
const EXTENSION_MAGIC = 0xeaa42174;
const GLIBC_HWCAPS_SECTION = 1;
/** An entry's hwcap with this bit (DL_CACHE_HWCAP_EXTENSION) has an index of the glibc-hwcaps names below. */
const HWCAP_EXTENSION = 0x4000_0000;

/**
 * Reads /etc/ld.so.cache (glibc sysdeps/generic/dl-cache.h): the new format, the old one (glibc before 2.2), and the
 * old one with the new one in its string table (ldconfig's default before 2.32).
 */
export function parseCache(bytes: Uint8Array): CacheReading {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (startsWith(file, 0, NEW_MAGIC)) return parseNew(file, 0);
  if (!startsWith(file, 0, OLD_MAGIC) || file.length < OLD_HEADER) return damaged("not an ld.so.cache");
  const count = file.readUInt32LE(12);
  const strings = OLD_HEADER + count * OLD_ENTRY;
  if (strings > file.length) return damaged("its table is longer than the file");
  const inner = Math.ceil(strings / 8) * 8;
  if (startsWith(file, inner, NEW_MAGIC)) return parseNew(file, inner);
  return collect(count, (index) => {
    const at = OLD_HEADER + index * OLD_ENTRY;
    return [file.readInt32LE(at), strings + file.readUInt32LE(at + 4), strings + file.readUInt32LE(at + 8), null];
  })(file);
}

/** The new format at an offset; its strings count from its own start. */
function parseNew(file: Buffer, start: number): CacheReading {
  if (start + NEW_HEADER > file.length) return damaged("its header is truncated");
  const count = readWord(file, start + 20, file, start);
  if (start + NEW_HEADER + count * NEW_ENTRY > file.length) return damaged("its table is longer than the file");
  const names = hwcapNames(file, start);
  return collect(count, (index) => {
    const at = start + NEW_HEADER + index * NEW_ENTRY;
    const word = (offset: number): number => readWord(file, at + offset, file, start);
    // 64 bits: the low half is the index or mask, the high half has the marks.
    const [low, high] = isBigEndian(file, start) ? [word(20), word(16)] : [word(16), word(20)];
    return [word(0), start + word(4), start + word(8), hwcapOf(low, high, names)];
  })(file);
}

function hwcapOf(low: number, high: number, names: readonly string[]): string | null {
  if (low === 0 && high === 0) return null;
  if ((high & HWCAP_EXTENSION) !== 0) return names[low] ?? `glibc-hwcaps-${low}`;
  return `0x${((BigInt(high) << 32n) | BigInt(low)).toString(16).padStart(16, "0")}`;
}

/** The extension directory (glibc 2.33): a list of sections, of which one has the names of the glibc-hwcaps folders. */
function hwcapNames(file: Buffer, start: number): readonly string[] {
  const word = (at: number): number => (at + 4 <= file.length ? readWord(file, at, file, start) : 0);
  const directory = start + word(start + 32);
  if (word(directory) !== EXTENSION_MAGIC) return [];
  const sections = Math.min(word(directory + 4), 64);
  for (let index = 0; index < sections; index++) {
    const at = directory + 8 + index * 16;
    if (word(at) !== GLIBC_HWCAPS_SECTION) continue;
    const [offset, size] = [start + word(at + 8), word(at + 12)];
    if (offset + size > file.length) return [];
    return Array.from(
      { length: Math.floor(size / 4) },
      (_, one) => stringAt(file, start + word(offset + one * 4)) ?? "",
    );
  }
  return [];
}

type RawEntry = readonly [flags: number, soname: number, path: number, hwcap: string | null];

function collect(count: number, entry: (index: number) => RawEntry): (file: Buffer) => CacheReading {
  return (file) => {
    const entries: CacheEntry[] = [];
    for (let index = 0; index < count; index++) {
      const [flags, sonameAt, pathAt, hwcap] = entry(index);
      const [soname, path] = [stringAt(file, sonameAt), stringAt(file, pathAt)];
      if (soname === null || path === null) return damaged(`entry ${index} has strings outside the file`);
      entries.push({ soname, path, flags, hwcap });
    }
    return { kind: "cache", entries };
  };
}

/** PATH_MAX: no soname and no path in a cache is longer. */
const MAX_STRING_BYTES = 4096;

function stringAt(file: Buffer, at: number): string | null {
  const end = file.subarray(at, at + MAX_STRING_BYTES).indexOf(0);
  return end < 0 ? null : decodeName(file.subarray(at, at + end));
}

function startsWith(file: Buffer, at: number, text: string): boolean {
  return file.toString("latin1", at, at + text.length) === text;
}

/** The byte `flags` of the header (glibc 2.33): 2 little, 3 big endian, 0 not said: little. */
function isBigEndian(header: Buffer, start: number): boolean {
  return ((header[start + 28] ?? 0) & 3) === 3;
}

function readWord(file: Buffer, at: number, header: Buffer, start: number): number {
  return isBigEndian(header, start) ? file.readUInt32BE(at) : file.readUInt32LE(at);
}

function damaged(reason: string): CacheReading {
  return { kind: "damaged", reason };
}
