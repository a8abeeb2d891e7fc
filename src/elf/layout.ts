import type { DynamicSection } from "./dynamic.ts";
import type { ElfHeader } from "./header.ts";
import { fileOffset, PT_DYNAMIC, PT_INTERP, PT_LOAD, PT_PHDR, type Segment } from "./segments.ts";

/** The page size where Linux has no other; elsewhere up to 64 KiB (CONFIG_ARM64_64K_PAGES and its kin). */
export const SMALL_PAGES: ReadonlySet<string> = new Set(["x86-64", "386", "arm", "s390", "riscv"]);
export const [SMALL_PAGE, LARGE_PAGE] = [0x1000, 0x10000];

/**
 * Where a program with fixed addresses must end: below the lowest place that Linux maps a loader at (TASK_SIZE / 3).
 * Linkers put them lower still.
 */
export const [FIXED_END_32, FIXED_END_64] = [0x4000_0000, 2 ** 33];

/**
 * What of a file's layout no linker makes, or null. glibc's loader trusts the files that it maps: it maps a file's
 * segments over whatever lies at their addresses, in the order of the table, and takes the dynamic section from memory,
 * not from the file (elf/dl-map-segments.h, elf/dl-load.c, rtld_setup_main_map of elf/rtld.c). So a file can hide an
 * entry from those who read the file, or replace the code of the loader itself (glibc bug 22851), also where the loader
 * only lists. What is not laid out in the usual way is not for it.
 */
export function oddity(header: ElfHeader, segments: readonly Segment[], dynamic: DynamicSection | null): string | null {
  const loads = segments.filter(({ type }) => type === PT_LOAD);
  const fixedEnd = header.class === 64 ? FIXED_END_64 : FIXED_END_32;
  if ([PT_DYNAMIC, PT_INTERP, PT_PHDR].some((kind) => segments.filter(({ type }) => type === kind).length > 1))
    return "it has two program headers of a kind";
  if (!isAscending(header, loads)) return "its segments overlap or are out of order";
  if (header.type === "executable" && loads.some((one) => one.address + one.memorySize > fixedEnd))
    return "its fixed addresses are unusually high";
  if (!namesItsTable(header, segments, loads)) return "PT_PHDR is not its program header table";
  return segments.some(({ type }) => type === PT_DYNAMIC) && !isPlainDynamic(segments, loads, dynamic)
    ? "its dynamic section is not whole in one segment"
    : null;
}

/** Each segment begins in a page behind the one before, and none reaches over the end of the address space. */
function isAscending({ machine, class: bits }: ElfHeader, loads: readonly Segment[]): boolean {
  const page = SMALL_PAGES.has(machine) ? SMALL_PAGE : LARGE_PAGE;
  const space = bits === 64 ? 2 ** 47 : 2 ** 32;
  let free = 0;
  return loads.every(({ address, fileSize, memorySize }) => {
    const follows = address - (address % page) >= free && fileSize <= memorySize && address + memorySize <= space;
    free = Math.ceil((address + memorySize) / page) * page;
    return follows;
  });
}

/** glibc reads the table a second time, from where PT_PHDR says that it is in memory. */
function namesItsTable(
  { programHeaders: { offset, count, entrySize } }: ElfHeader,
  segments: readonly Segment[],
  loads: readonly Segment[],
): boolean {
  const named = segments.find(({ type }) => type === PT_PHDR);
  if (named === undefined) return true;
  return fileOffset(segments, named.address) === offset && isInOne(loads, named.address, count * entrySize);
}

function isPlainDynamic(
  segments: readonly Segment[],
  loads: readonly Segment[],
  dynamic: DynamicSection | null,
): boolean {
  const segment = segments.find(({ type }) => type === PT_DYNAMIC);
  if (segment === undefined || dynamic?.terminated !== true) return false;
  return segment.fileSize <= segment.memorySize && isInOne(loads, segment.address, segment.fileSize);
}

/** Whether a range of addresses has its bytes in the file, in one segment. */
function isInOne(loads: readonly Segment[], start: number, length: number): boolean {
  return loads.some(({ address, fileSize }) => start >= address && start + length <= address + fileSize);
}
