import { Damage, readFields, readString } from "./fields.ts";
import type { ElfHeader } from "./header.ts";
import { fileOffset, PT_DYNAMIC, type Segment } from "./segments.ts";
import type { ByteSource } from "./source.ts";

const DT_NULL = 0;
export const DT_NEEDED = 1;
const DT_STRTAB = 5;
const DT_STRSZ = 10;
export const DT_SONAME = 14;
export const DT_RPATH = 15;
export const DT_RUNPATH = 29;
export const DT_FLAGS = 30;
export const DT_DEPAUDIT = 0x6ffffefb;
export const DT_AUDIT = 0x6ffffefc;
export const DT_FLAGS_1 = 0x6ffffffb;
export const DT_VERDEF = 0x6ffffffc;
export const DT_VERNEED = 0x6ffffffe;
export const DT_AUXILIARY = 0x7ffffffd;
export const DT_FILTER = 0x7fffffff;

const MOST_DYNAMIC_BYTES = 65536;
const MOST_NAME_BYTES = 4096;
/** RPATH and RUNPATH are lists of paths: some build systems make very long ones. */
const MOST_SEARCH_PATH_BYTES = 65536;
/** All strings together: a damaged file can name the same long one again and again. */
const MOST_STRING_BYTES = 1 << 20;

/** The dynamic section (gABI, chapter 5 "Dynamic Section") with the way to its strings and tables. */
export interface DynamicSection {
  /** Whether a DT_NULL ends it: without one the loader reads on behind the segment. */
  readonly terminated: boolean;
  /** The last value of a tag, as the loader has it (glibc elf/get-dynamic-info.h: later entries overwrite). */
  value(tag: number): number | null;
  /** All values of a tag, in order. */
  values(tag: number): readonly number[];
  /** The string at an index of DT_STRTAB. */
  string(index: number, what: string): string;
  /** The string that a tag's value points to. */
  text(tag: number, what: string): string | null;
  /** The file offset of an address. */
  locate(address: number, what: string): number;
}

/**
 * Reads the dynamic section by its address, as the loader does, not by p_offset: a separate debug file still has the
 * program header but no contents, and its address then lies in no PT_LOAD with file bytes. Null where there is none.
 */
export function readDynamic(
  source: ByteSource,
  header: ElfHeader,
  segments: readonly Segment[],
): DynamicSection | null {
  const segment = segments.find((one) => one.type === PT_DYNAMIC);
  if (segment === undefined || segment.fileSize === 0) return null;
  const offset = fileOffset(segments, segment.address);
  if (offset === null) return null;
  if (segment.fileSize > MOST_DYNAMIC_BYTES) throw new Damage(`a dynamic section of ${segment.fileSize} bytes`);
  const entrySize = header.class === 64 ? 16 : 8;
  const length = segment.fileSize - (segment.fileSize % entrySize);
  const table = readFields(source, header, offset, length, "the dynamic section");
  const entries: { tag: number; value: number }[] = [];
  let terminated = false;
  for (let at = 0; at < length && !terminated; at += entrySize) {
    const tag = table.address(at);
    if (tag === DT_NULL) terminated = true;
    else entries.push({ tag, value: table.address(at + entrySize / 2) });
  }
  return entries.length === 0 ? null : { terminated, ...sectionOf(source, segments, entries) };
}

function sectionOf(
  source: ByteSource,
  segments: readonly Segment[],
  entries: readonly { tag: number; value: number }[],
): Omit<DynamicSection, "terminated"> {
  let length = 0;
  const value = (tag: number): number | null => entries.findLast((entry) => entry.tag === tag)?.value ?? null;
  const locate = (address: number, what: string): number => {
    const offset = fileOffset(segments, address);
    if (offset === null) throw new Damage(`${what} lies in no loaded part of the file`);
    return offset;
  };
  const string = (index: number, what: string, most = MOST_NAME_BYTES): string => {
    const table = value(DT_STRTAB);
    if (table === null) throw new Damage("the dynamic section has no string table");
    if (index >= (value(DT_STRSZ) ?? 0)) throw new Damage(`${what} lies outside of the string table`);
    const text = readString(source, locate(table, "the string table") + index, most, what);
    length += text.length;
    if (length > MOST_STRING_BYTES) throw new Damage("its strings are too long");
    return text;
  };
  return {
    value,
    values: (tag) => entries.filter((entry) => entry.tag === tag).map((entry) => entry.value),
    string,
    locate,
    text(tag, what) {
      const index = value(tag);
      if (index === null) return null;
      return string(index, what, tag === DT_RPATH || tag === DT_RUNPATH ? MOST_SEARCH_PATH_BYTES : MOST_NAME_BYTES);
    },
  };
}
