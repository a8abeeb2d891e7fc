import { decodeName } from "../base/names.ts";
import { Fields, readBytes } from "./fields.ts";
import type { ElfHeader } from "./header.ts";
import { MAX_NOTE_BYTES, MAX_NOTES_BYTES } from "./limits.ts";
import { PT_NOTE, type Segment } from "./segments.ts";
import type { ByteSource } from "./source.ts";

/** The type of `.note.dlopen` (systemd's ELF_DLOPEN_METADATA, with the name "FDO"). */
const DLOPEN_TYPE = 0x407c0c0a;

export interface ElfNotes {
  readonly dlopen: readonly string[];
  readonly android: boolean;
}

/** Reads the PT_NOTE segments (gABI, chapter 5 "Note Section"). A note that does not fit ends its segment, no more. */
export function readNotes(source: ByteSource, header: ElfHeader, segments: readonly Segment[]): ElfNotes {
  return readNotesOf(
    source,
    header,
    segments.filter(({ type }) => type === PT_NOTE),
  );
}

/** A run of notes: a PT_NOTE segment, or a section of the type SHT_NOTE. */
interface NoteRun {
  readonly offset: number;
  readonly fileSize: number;
  readonly align: number;
}

/** Reads the notes of given segments or sections. */
export function readNotesOf(source: ByteSource, header: ElfHeader, runs: readonly NoteRun[]): ElfNotes {
  const dlopen: string[] = [];
  let android = false;
  let left = MAX_NOTES_BYTES;
  for (const { offset, fileSize, align } of runs) {
    if (fileSize === 0) continue;
    const length = Math.min(fileSize, MAX_NOTE_BYTES, left);
    left -= length;
    const bytes = readBytes(source, offset, length, "a note segment");
    for (const note of notesOf(bytes, header, align === 8 ? 8 : 4)) {
      if (note.name === "Android") android = true;
      if (note.name === "FDO" && note.type === DLOPEN_TYPE) dlopen.push(cString(note.contents));
    }
  }
  return { dlopen, android };
}

function* notesOf(bytes: Uint8Array, header: ElfHeader, align: 4 | 8) {
  const fields = new Fields(bytes, header);
  const aligned = (at: number): number => Math.ceil(at / align) * align;
  for (let at = 0; at + 12 <= fields.length; ) {
    const nameEnd = at + 12 + fields.word(at);
    const contents = aligned(nameEnd);
    const end = contents + fields.word(at + 4);
    if (end > fields.length) return;
    yield {
      name: cString(bytes.subarray(at + 12, nameEnd)),
      type: fields.word(at + 8),
      contents: bytes.subarray(contents, end),
    };
    at = aligned(end);
  }
}

/** The text before the first NUL. */
function cString(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return decodeName(end < 0 ? bytes : bytes.subarray(0, end));
}
