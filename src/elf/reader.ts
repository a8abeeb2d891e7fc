import { Damage } from "./damage.ts";
import * as dt from "./dynamic.ts";
import type { ElfFacts, ElfReading } from "./facts.ts";
import { readString } from "./fields.ts";
import { type ElfHeader, isElfMagic, readHeader } from "./header.ts";
import { oddity } from "./layout.ts";
import { MAX_NAME_BYTES } from "./limits.ts";
import { readNotes } from "./notes.ts";
import { PT_DYNAMIC, PT_INTERP, PT_LOAD, readSegments, type Segment } from "./segments.ts";
import type { ByteSource } from "./source.ts";
import { readVersionDefinitions, readVersionNeeds } from "./versions.ts";

/**
 * Reads what an ELF file says about itself, by its program headers alone. What is read of the source: the header and,
 * of executables and shared objects, the program header table, PT_NOTE segments (up to a limit), PT_INTERP's
 * string, the PT_DYNAMIC segment, the version chains entry by entry, and each string with its NUL.
 *
 * Never throws: a file that is truncated, whose tables lead out of it, or that is beyond a limit, is `damaged`.
 */
export function readElf(source: ByteSource): ElfReading {
  const magic = source.read(0, 4);
  if (magic === null || !isElfMagic(magic)) return { kind: "not-elf" };
  try {
    return { kind: "elf", facts: readFacts(source) };
  } catch (error) {
    if (error instanceof Damage) return { kind: "damaged", reason: error.message, isLimit: error.isLimit };
    throw error;
  }
}

function readFacts(source: ByteSource): ElfFacts {
  const header = readHeader(source);
  const loadable = header.type === "executable" || header.type === "shared";
  const segments = loadable ? readSegments(source, header) : [];
  // The program headers of a separate debug file tell of the file that it was made from.
  if (!loadable) return factsOf(header);
  if (isDebugFile(source, header, segments)) return { ...factsOf(header), oddity: "it is a separate debug file" };
  checkLength(source, segments);
  const dynamic = dt.readDynamic(source, header, segments);
  const notes = readNotes(source, header, segments);
  return {
    ...factsOf(header),
    interpreter: readInterpreter(source, segments),
    dynamic: dynamic !== null,
    oddity: oddity(header, segments, dynamic),
    dlopenNotes: notes.dlopen,
    android: notes.android,
    ...(dynamic === null ? {} : readDynamicFacts(source, header, dynamic)),
  };
}

function readDynamicFacts(source: ByteSource, header: ElfHeader, dynamic: dt.DynamicSection): Partial<ElfFacts> {
  return {
    soname: dynamic.text(dt.DT_SONAME, "the SONAME"),
    needed: dynamic.names(dt.DT_NEEDED, "NEEDED"),
    audit: [dt.DT_AUDIT, dt.DT_DEPAUDIT].flatMap((tag) => dynamic.text(tag, "an audit library")?.split(":") ?? []),
    filters: [dt.DT_AUXILIARY, dt.DT_FILTER].flatMap((tag) => dynamic.names(tag, "filter")),
    rpath: dynamic.searchPath(dt.DT_RPATH, "the RPATH"),
    runpath: dynamic.searchPath(dt.DT_RUNPATH, "the RUNPATH"),
    flags: dynamic.value(dt.DT_FLAGS) ?? 0,
    flags1: dynamic.value(dt.DT_FLAGS_1) ?? 0,
    versionNeeds: readVersionNeeds(source, header, dynamic),
    versionDefinitions: readVersionDefinitions(source, header, dynamic),
  };
}

/** What is known from the header, and nothing else. */
function factsOf(header: ElfHeader): ElfFacts {
  return {
    class: header.class,
    endian: header.endian,
    type: header.type,
    machine: header.machine,
    osAbi: header.osAbi,
    headerFlags: header.flags,
    interpreter: null,
    dynamic: false,
    soname: null,
    needed: [],
    audit: [],
    filters: [],
    rpath: null,
    runpath: null,
    flags: 0,
    flags1: 0,
    oddity: null,
    versionNeeds: [],
    versionDefinitions: [],
    dlopenNotes: [],
    android: false,
  };
}

/**
 * A file of `objcopy --only-keep-debug` or `eu-strip -f`: its PT_DYNAMIC has no bytes in the file (binutils sets
 * p_filesz to 0), or its segments reach behind the end (elfutils keeps them as they were) although the section table,
 * which stands last in the file, is there. In a truncated file that one is cut off too.
 */
function isDebugFile(source: ByteSource, header: ElfHeader, segments: readonly Segment[]): boolean {
  const hollow = segments.some((one) => one.type === PT_DYNAMIC && one.fileSize === 0 && one.memorySize > 0);
  const { offset, count, entrySize } = header.sectionHeaders;
  const whole = offset > 0 && offset + count * entrySize <= source.size;
  return hollow || (whole && segments.some((one) => reachesBehind(source, one)));
}

function checkLength(source: ByteSource, segments: readonly Segment[]): void {
  const segment = segments.find((one) => reachesBehind(source, one));
  if (segment === undefined) return;
  const end = segment.offset + segment.fileSize;
  throw new Damage(`truncated: a segment ends at byte ${end}, the file at byte ${source.size}`);
}

function reachesBehind(source: ByteSource, segment: Segment): boolean {
  const matters = segment.type === PT_LOAD || segment.type === PT_DYNAMIC;
  return matters && segment.fileSize > 0 && segment.offset + segment.fileSize > source.size;
}

function readInterpreter(source: ByteSource, segments: readonly Segment[]): string | null {
  const segment = segments.find((one) => one.type === PT_INTERP);
  if (segment === undefined || segment.fileSize === 0) return null;
  const limit = Math.min(segment.fileSize, MAX_NAME_BYTES);
  return readString(source, segment.offset, limit, "the interpreter's path");
}
