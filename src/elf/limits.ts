import { Damage } from "./damage.ts";

/*
 * The most that is read of one ELF file. A hostile file can repeat anything as often as it likes, so all work on a file
 * is bounded here. The largest that real files have is far below: among 3,435 files of a Debian 12 machine with gcc, a
 * JDK, node, Python and Rust (`scripts/elf-maxima.mjs /usr /opt /root`) it was 21 NEEDED entries (gdb), 62 version
 * definitions (libnss3), 50 version needs of 13 files, 816 bytes of dynamic section, 2 folders in 80 bytes of RUNPATH,
 * and 1,216 bytes of notes. Build systems with a library for each target, or a folder for each, reach some thousands.
 */

/** Of PT_DYNAMIC: 4,096 entries of a 64-bit file. */
export const MAX_DYNAMIC_BYTES = 65_536;
export const MAX_NEEDED = 4096;
/** Of one name: PATH_MAX, and the kernel's limit for PT_INTERP (fs/binfmt_elf.c). */
export const MAX_NAME_BYTES = 4096;
/** Of RPATH or RUNPATH: some build systems make very long ones. */
export const MAX_SEARCH_PATH_BYTES = 65_536;
export const MAX_SEARCH_PATH_FOLDERS = 4096;
/** Of all strings together: tables can name the same long one again and again. */
export const MAX_STRING_BYTES = 1 << 20;
/** Of each of the two version tables. */
export const MAX_VERSIONS = 16_384;
/** Of one PT_NOTE segment, and of all of them; what is behind that is not read. */
export const MAX_NOTE_BYTES = 65_536;
export const MAX_NOTES_BYTES = 4 * MAX_NOTE_BYTES;
/** In one note on what the file opens by itself; a file hardly has more than one note. */
export const MAX_DLOPEN_ENTRIES = 256;
/** Of the program header table (the kernel's own limit, fs/binfmt_elf.c, load_elf_phdrs). */
export const MAX_HEADER_BYTES = 65_536;

/** Of the section header table, and of the section with the names: more are read of no file. */
export const MAX_SECTION_BYTES = 65_536;

/** A file beyond a limit. */
export function beyond(what: string, limit: number): Damage {
  return new Damage(`more than ${limit.toLocaleString("en")} ${what}`, true);
}
