import { decodeName } from "../base/names.ts";
import { Damage } from "./damage.ts";
import { MAX_SEARCH_PATH_BYTES } from "./limits.ts";
import { type ByteSource, peekBytes } from "./source.ts";

/** The two things that decide how every field of an ELF file is read. */
export interface Encoding {
  readonly class: 32 | 64;
  readonly endian: "little" | "big";
}

/** A piece of an ELF file, read field by field; offsets are from its start. */
export class Fields {
  readonly #data: DataView;
  readonly #little: boolean;
  readonly #wide: boolean;

  constructor(bytes: Uint8Array, encoding: Encoding) {
    this.#data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#little = encoding.endian === "little";
    this.#wide = encoding.class === 64;
  }

  get length(): number {
    return this.#data.byteLength;
  }

  half(at: number): number {
    return this.#data.getUint16(at, this.#little);
  }

  word(at: number): number {
    return this.#data.getUint32(at, this.#little);
  }

  /**
   * An address, offset or size of the file's class. Above 2^53 the value is rounded, which does no harm: nothing that
   * large lies inside a file, and the bounds check says so.
   */
  address(at: number): number {
    if (!this.#wide) return this.word(at);
    const [high, low] = this.#little ? [this.word(at + 4), this.word(at)] : [this.word(at), this.word(at + 4)];
    return high * 0x1_0000_0000 + low;
  }
}

/** Reads a piece, or says that it is out of bounds. */
export function readFields(
  source: ByteSource,
  encoding: Encoding,
  offset: number,
  length: number,
  what: string,
): Fields {
  return new Fields(readBytes(source, offset, length, what), encoding);
}

export function readBytes(source: ByteSource, offset: number, length: number, what: string): Uint8Array {
  const bytes = source.read(offset, length);
  if (bytes === null) throw new Damage(`${what} is outside the file`);
  return bytes;
}

const FIRST_LOOK = 256;

/**
 * A NUL-terminated string. It is looked for with small, then growing steps, and only its own bytes with the NUL are
 * read: what is read is what a snapshot stores.
 */
export function readString(source: ByteSource, offset: number, limit: number, what: string): string {
  for (let look = FIRST_LOOK; ; look *= 4) {
    const bytes = offset < source.size ? peekBytes(source, offset, Math.min(look, limit)) : new Uint8Array(0);
    const end = bytes.indexOf(0);
    if (end >= 0) return decodeName(readBytes(source, offset, end + 1, what).subarray(0, end));
    if (look >= limit || bytes.length < look)
      throw new Damage(`${what} is outside the file or not terminated`, bytes.length >= MAX_SEARCH_PATH_BYTES);
  }
}
