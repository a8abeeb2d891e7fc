import { Damage } from "./damage.ts";
import { type ElfHeader, isElfMagic, readHeader } from "./header.ts";
import { readNotesOf } from "./notes.ts";
import { type Packing, packingOf } from "./packing.ts";
import { readSections, type Section, SHT_NOTE } from "./sections.ts";
import { PT_NOTE, readSegments, type Segment } from "./segments.ts";
import type { ByteSource } from "./source.ts";

/** What a file has beside what the loader maps. */
export interface UnloadedParts {
  /** How the program is hidden in the file; null where it is not. */
  readonly packing: Packing | null;
  /** The texts of `.note.dlopen` sections that no PT_NOTE covers: objcopy adds sections, and no program headers. */
  readonly dlopenNotes: readonly string[];
}

const NOTHING: UnloadedParts = { packing: null, dlopenNotes: [] };

/**
 * Reads of an executable or shared object what `readElf` leaves out: the section headers and their names, notes that are
 * in no segment, and the first and last bytes of what lies behind everything that the headers describe.
 */
export function readUnloaded(source: ByteSource): UnloadedParts {
  const magic = source.read(0, 4);
  if (magic === null || !isElfMagic(magic)) return NOTHING;
  try {
    const header = readHeader(source);
    if (header.type !== "executable" && header.type !== "shared") return NOTHING;
    const segments = readSegments(source, header);
    const sections = readSections(source, header);
    return {
      packing: packingOf(source, header, segments, sections),
      dlopenNotes: sections === null ? [] : notesOf(source, header, segments, sections),
    };
  } catch (error) {
    if (error instanceof Damage) return NOTHING;
    throw error;
  }
}

function notesOf(
  source: ByteSource,
  header: ElfHeader,
  segments: readonly Segment[],
  sections: readonly Section[],
): readonly string[] {
  const covered = segments.filter(({ type }) => type === PT_NOTE);
  const isCovered = ({ offset, fileSize }: Section): boolean =>
    covered.some((one) => offset >= one.offset && offset + fileSize <= one.offset + one.fileSize);
  const rest = sections.filter((one) => one.type === SHT_NOTE && !isCovered(one));
  return readNotesOf(
    source,
    header,
    rest.filter(({ offset, fileSize }) => offset + fileSize <= source.size),
  ).dlopen;
}
