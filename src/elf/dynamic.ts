import { Damage } from "./damage.ts";
import { readFields, readString } from "./fields.ts";
import type { ElfHeader } from "./header.ts";
import {
  beyond,
  MAX_DYNAMIC_BYTES,
  MAX_NAME_BYTES,
  MAX_NEEDED,
  MAX_SEARCH_PATH_BYTES,
  MAX_SEARCH_PATH_FOLDERS,
  MAX_STRING_BYTES,
} from "./limits.ts";
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

/** The dynamic section (gABI, chapter 5 "Dynamic Section") with the way to its strings and tables. */
export interface DynamicSection {
  /** Whether a DT_NULL ends it: without one the loader reads on behind the segment. */
  readonly terminated: boolean;
  /** The last value of a tag, as the loader has it (glibc elf/get-dynamic-info.h: later entries overwrite). */
  value(tag: number): number | null;
  /** The names of all entries of a tag, in order. */
  names(tag: number, what: string): readonly string[];
  /** The string at an index of DT_STRTAB. */
  string(index: number, what: string): string;
  /** The string that a tag's value points to. */
  text(tag: number, what: string): string | null;
  /** The search path that a tag's value points to. */
  searchPath(tag: number, what: string): string | null;
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
  if (segment.fileSize > MAX_DYNAMIC_BYTES) throw beyond("bytes of dynamic section", MAX_DYNAMIC_BYTES);
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
  const last = new Map(entries.map(({ tag, value }) => [tag, value]));
  const value = (tag: number): number | null => last.get(tag) ?? null;
  const locate = (address: number, what: string): number => {
    const offset = fileOffset(segments, address);
    if (offset === null) throw new Damage(`${what} is not in a loaded segment`);
    return offset;
  };
  let strings: number | null = null;
  const string = (index: number, what: string, limit = MAX_NAME_BYTES): string => {
    const table = value(DT_STRTAB);
    if (table === null) throw new Damage("the dynamic section has no string table");
    if (index >= (value(DT_STRSZ) ?? 0)) throw new Damage(`${what} is outside the string table`);
    strings ??= locate(table, "the string table");
    const text = readString(source, strings + index, limit, what);
    length += text.length;
    if (length > MAX_STRING_BYTES) throw beyond("bytes of names", MAX_STRING_BYTES);
    return text;
  };
  const text = (tag: number, what: string, limit = MAX_NAME_BYTES): string | null => {
    const index = value(tag);
    return index === null ? null : string(index, what, limit);
  };
  return {
    value,
    string,
    text,
    locate,
    names(tag, what) {
      const indexes = entries.filter((entry) => entry.tag === tag);
      if (indexes.length > MAX_NEEDED) throw beyond(`${what} entries`, MAX_NEEDED);
      return indexes.map((entry) => string(entry.value, `a ${what} name`));
    },
    searchPath(tag, what) {
      const path = text(tag, what, MAX_SEARCH_PATH_BYTES);
      const folders = (path ?? "").split(":").length;
      if (folders > MAX_SEARCH_PATH_FOLDERS) throw beyond(`folders in ${what}`, MAX_SEARCH_PATH_FOLDERS);
      return path;
    },
  };
}
