import { Damage } from "./damage.ts";
import { readFields } from "./fields.ts";
import type { ElfHeader } from "./header.ts";
import { MAX_HEADER_BYTES } from "./limits.ts";
import type { ByteSource } from "./source.ts";

/** A program header (gABI, chapter 5 "Program Header"), as far as it is used. */
export interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly address: number;
  readonly fileSize: number;
  readonly memorySize: number;
  readonly align: number;
}

export const PT_LOAD = 1;
export const PT_DYNAMIC = 2;
export const PT_INTERP = 3;
export const PT_NOTE = 4;
export const PT_PHDR = 6;
/** The segment is writable. */
export const PF_W = 2;
/** The segment is executable. */
export const PF_X = 1;

/** e_phnum where the real count does not fit (gABI, PN_XNUM); only core dumps have that many. */
const PN_XNUM = 0xffff;

/** Reads the program header table in one piece. */
export function readSegments(source: ByteSource, header: ElfHeader): readonly Segment[] {
  const { offset, count, entrySize } = header.programHeaders;
  if (count === 0) return [];
  const wide = header.class === 64;
  if (entrySize !== (wide ? 56 : 32))
    throw new Damage(`a program header size of ${entrySize} bytes does not fit the file's class`);
  if (count === PN_XNUM || count * entrySize > MAX_HEADER_BYTES)
    throw new Damage(`too many program headers (${count})`);
  const table = readFields(source, header, offset, count * entrySize, "the program header table");
  return Array.from({ length: count }, (_, index) => {
    const at = index * entrySize;
    const [off, vaddr, filesz, memsz, align] = wide ? [8, 16, 32, 40, 48] : [4, 8, 16, 20, 28];
    return {
      type: table.word(at),
      flags: table.word(at + (wide ? 4 : 24)),
      offset: table.address(at + off),
      address: table.address(at + vaddr),
      fileSize: table.address(at + filesz),
      memorySize: table.address(at + memsz),
      align: table.address(at + align),
    };
  });
}

/** Where in the file an address has its byte, by the PT_LOAD segment that holds it; null where none does. */
export function fileOffset(segments: readonly Segment[], address: number): number | null {
  for (const { type, offset, address: start, fileSize } of segments) {
    if (type === PT_LOAD && address >= start && address < start + fileSize) return offset + (address - start);
  }
  return null;
}
