import { decodeName } from "../base/names.ts";
import { Fields } from "./fields.ts";
import type { ElfHeader } from "./header.ts";
import { MAX_SECTION_BYTES } from "./limits.ts";
import type { ByteSource } from "./source.ts";

/** A section header (gABI, chapter 4 "Sections"), as far as it is used. */
export interface Section {
  readonly type: number;
  /** The section is in memory when the program runs. */
  readonly isLoaded: boolean;
  readonly offset: number;
  /** The bytes that it has in the file. */
  readonly fileSize: number;
  readonly align: number;
  /** Where its name begins in the section of the names. */
  readonly nameOffset: number;
}

export const SHT_PROGBITS = 1;
export const SHT_NOTE = 7;
const SHT_NOBITS = 8;
const SHF_ALLOC = 2;

/**
 * Reads the section headers. The loader does not use them: a file may lack them, and those of a packed file may lead out
 * of it, which is the same. Null where there are too many, or where the bytes are not at hand.
 */
export function readSections(source: ByteSource, header: ElfHeader): readonly Section[] | null {
  const { offset, count, entrySize } = header.sectionHeaders;
  const wide = header.class === 64;
  const isTable = entrySize === (wide ? 64 : 40) && offset + count * entrySize <= source.size;
  if (offset === 0 || count === 0 || !isTable) return [];
  if (count * entrySize > MAX_SECTION_BYTES) return null;
  const bytes = source.read(offset, count * entrySize);
  if (bytes === null) return null;
  const table = new Fields(bytes, header);
  return Array.from({ length: count }, (_, index) => {
    const at = index * entrySize;
    const [flags, off, size, align] = wide ? [8, 24, 32, 48] : [8, 16, 20, 32];
    const type = table.word(at + 4);
    return {
      type,
      isLoaded: (table.word(at + flags + (wide && header.endian === "big" ? 4 : 0)) & SHF_ALLOC) !== 0,
      offset: table.address(at + off),
      fileSize: type === SHT_NOBITS ? 0 : table.address(at + size),
      align: table.address(at + align),
      nameOffset: table.word(at),
    };
  });
}

/** A section's name; null where it cannot be read. */
export function sectionName(
  source: ByteSource,
  header: ElfHeader,
  sections: readonly Section[],
  { nameOffset }: Section,
): string | null {
  const names = sections[header.sectionHeaders.names];
  if (names === undefined || names.fileSize > MAX_SECTION_BYTES) return null;
  const bytes = source.read(names.offset, names.fileSize);
  const end = bytes?.indexOf(0, nameOffset) ?? -1;
  return bytes === null || end < 0 ? null : decodeName(bytes.subarray(nameOffset, end));
}
