import { Damage } from "./damage.ts";
import type { ElfFacts } from "./facts.ts";
import { type Encoding, Fields, readBytes } from "./fields.ts";
import { machineName } from "./machines.ts";
import type { ByteSource } from "./source.ts";

/** The ELF header (gABI, chapter 4 "ELF Header"), as far as it is used. */
export interface ElfHeader extends Encoding {
  readonly type: ElfFacts["type"];
  readonly machine: string;
  readonly osAbi: number;
  readonly flags: number;
  readonly programHeaders: { readonly offset: number; readonly count: number; readonly entrySize: number };
  /** The section header table; `names` is the index of the section with their names. An offset of 0: there is none. */
  readonly sectionHeaders: {
    readonly offset: number;
    readonly count: number;
    readonly entrySize: number;
    readonly names: number;
  };
}

const TYPES: readonly ElfHeader["type"][] = ["other", "relocatable", "executable", "shared", "core"];

export function isElfMagic(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
}

/** Reads the header of a file whose magic was seen. */
export function readHeader(source: ByteSource): ElfHeader {
  const ident = readBytes(source, 0, 16, "the ELF identification");
  const [, , , , elfClass, data, version, osAbi = 0] = ident;
  if (elfClass !== 1 && elfClass !== 2) throw new Damage(`the ELF class ${elfClass} is neither 32 nor 64 bit`);
  if (data !== 1 && data !== 2) throw new Damage(`the ELF data encoding ${data} is neither little nor big endian`);
  if (version !== 1) throw new Damage(`the ELF version ${version} is not 1`);
  const encoding: Encoding = { class: elfClass === 2 ? 64 : 32, endian: data === 1 ? "little" : "big" };
  const wide = encoding.class === 64;
  const header = new Fields(readBytes(source, 0, wide ? 64 : 52, "the ELF header"), encoding);
  // From e_flags on, both classes have the same fields at a distance.
  const tail = wide ? 48 : 36;
  return {
    ...encoding,
    type: TYPES[header.half(16)] ?? "other",
    machine: machineName(header.half(18)),
    osAbi,
    flags: header.word(tail),
    programHeaders: {
      offset: header.address(wide ? 32 : 28),
      entrySize: header.half(tail + 6),
      count: header.half(tail + 8),
    },
    sectionHeaders: {
      offset: header.address(wide ? 40 : 32),
      entrySize: header.half(tail + 10),
      count: header.half(tail + 12),
      names: header.half(tail + 14),
    },
  };
}
