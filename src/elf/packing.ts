import type { ElfHeader } from "./header.ts";
import { type Section, SHT_PROGBITS, sectionName } from "./sections.ts";
import { PF_W, PF_X, PT_DYNAMIC, PT_INTERP, PT_LOAD, type Segment } from "./segments.ts";
import type { ByteSource } from "./source.ts";

/**
 * How a program is hidden from those who read its file: by a known tool; as `stub`, which unpacks the program into its
 * own memory; as `payload`, bytes beside the program that it reads from its own file.
 */
export type Packing = "upx" | "pyinstaller" | "appimage" | "makeself" | "stub" | "payload";

/** From here on, bytes that nothing describes are a payload, whatever they are: a signature or padding is shorter. */
const LARGE = 16 * 1024;
/** What is read of the start and the end of a payload. PyInstaller's cookie, which is its end, has 88 bytes. */
const START = 64;
export const END = 256;

/** PyInstaller's cookie (bootloader/src/pyi_archive.c, "MEI" and five bytes). */
const PYINSTALLER = "MEI\x0c\x0b\x0a\x0b\x0e";
/** UPX's, in l_info and in the pack header (src/stub/src/include/linux.h, src/packhead.cpp). */
const UPX = "UPX!";
/** What compressed data, archives and programs begin with; behind a program they are a payload, however short. */
const MAGICS = [
  "\x1f\x8b",
  "BZh",
  "\xfd7zXZ\0",
  "\x28\xb5\x2f\xfd",
  "\x04\x22\x4d\x18",
  "PK\x03\x04",
  "7z\xbc\xaf\x27\x1c",
  "\x7fELF",
  "hsqs",
  "!<arch>\n",
  "DWARFS",
];

/**
 * Tells by the layout of an executable or shared object whether it has more than the loader sees. What linkers, strip,
 * objcopy and signing tools put into a file lies in segments or sections.
 *
 * @param sections null where there are too many to be read
 */
export function packingOf(
  source: ByteSource,
  header: ElfHeader,
  segments: readonly Segment[],
  sections: readonly Section[] | null,
): Packing | null {
  // Bytes 8 to 10 of the file (AppImage specification, "Type 1" and "Type 2").
  if (["AI\x01", "AI\x02"].includes(text(source, 8, 3))) return "appimage";
  const { offset, count, entrySize } = header.programHeaders;
  const isDynamic = segments.some(({ type }) => type === PT_DYNAMIC);
  if (!isDynamic && text(source, offset + count * entrySize + 4, 4) === UPX) return "upx";
  if (sections === null) return null;
  const tail = describedEnd(header, segments, sections);
  const payload = payloadOf(source, tail, source.size) ?? sectionPayload(source, header, sections);
  if (payload === "upx" && !isDynamic) return "upx";
  if (!isDynamic && sections.length === 0 && isStub(segments, source.size > tail)) return "stub";
  return payload === "upx" ? null : payload;
}

/** The end of all that the headers describe. */
function describedEnd(header: ElfHeader, segments: readonly Segment[], sections: readonly Section[]): number {
  const { programHeaders, sectionHeaders } = header;
  const tables = [programHeaders, sectionHeaders].map(({ offset, count, entrySize }) => offset + count * entrySize);
  const contents = [...segments, ...sections].map(({ offset, fileSize }) => (fileSize === 0 ? 0 : offset + fileSize));
  return tables.concat(contents).reduce((a, b) => Math.max(a, b), 0);
}

/** What lies between two offsets of a file; null if it is nothing, padding, or too short to tell. */
function payloadOf(source: ByteSource, start: number, end: number): Packing | null {
  if (end - start < START) return null;
  const first = text(source, start, START);
  const last = text(source, Math.max(start, end - END), Math.min(END, end - start));
  if (last.includes(PYINSTALLER)) return "pyinstaller";
  if (last.includes(UPX)) return "upx";
  const isLong = end - start >= LARGE && /[^\0]/.test(first + last);
  return isLong || MAGICS.some((magic) => first.startsWith(magic)) || last.includes(ZIP_END) ? "payload" : null;
}

/** The end of central directory record (APPNOTE.TXT, 4.3.16): zip files are read from their end. */
const ZIP_END = "PK\x05\x06";

/**
 * A section that is not loaded and that no compiler or linker made, as objcopy adds them (PyInstaller's `pydata`): names
 * with a dot at the start are those of the tools (gABI, "Special Sections").
 */
function sectionPayload(source: ByteSource, header: ElfHeader, sections: readonly Section[]): Packing | null {
  const large = sections.filter(
    ({ type, isLoaded, fileSize }) => type === SHT_PROGBITS && !isLoaded && fileSize >= START,
  );
  for (const section of large) {
    const name = sectionName(source, header, sections, section);
    if (name === null || name.startsWith(".")) continue;
    const payload = payloadOf(source, section.offset, section.offset + section.fileSize);
    if (payload !== null) return payload;
  }
  return null;
}

/**
 * A program without sections, interpreter and dynamic section that makes room for another one: a load segment is writable
 * and executable, or has the file's header in memory that is writable and much larger than the file (UPX 4), or has no
 * bytes in the file (UPX 3).
 */
function isStub(segments: readonly Segment[], hasTail: boolean): boolean {
  const loads = segments.filter(({ type }) => type === PT_LOAD);
  const writable = loads.filter(({ flags }) => (flags & PF_W) !== 0);
  const unpacks = writable.some(
    ({ flags, offset, fileSize, memorySize }) =>
      (flags & PF_X) !== 0 || ((offset === 0 || fileSize === 0) && memorySize > 2 * fileSize),
  );
  return hasTail && unpacks && !segments.some(({ type }) => type === PT_INTERP);
}

/**
 * Tells whether a script has bytes behind its text that are no text: a self-extracting one. Of the file, its first 256
 * bytes and its last are read.
 */
export function scriptPacking(source: ByteSource): Packing | null {
  if (source.size <= END) return null;
  const last = text(source, source.size - END, END);
  // Control characters but for those that format text; among 256 bytes of compressed data there are always some.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
  if (!/[\0-\x06\x0e-\x1a\x1c-\x1f]/.test(last)) return null;
  return text(source, 0, END).includes("generated using Makeself") ? "makeself" : "payload";
}

/** Bytes as latin1 text; empty where they are not all at hand. */
function text(source: ByteSource, offset: number, length: number): string {
  const bytes = source.read(offset, length);
  return bytes === null ? "" : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
