import { readFileSync, writeFileSync } from "node:fs";

/** What code prints that must not have run: a line that a reader of the listing takes for a missing library. */
export const EVIL_NAME = "libevil-ran.so";

/** C code of a library that, once its code runs, makes a file and prints a line among those of the loader. */
export const evilSource = (marker: string): string => `
#include <fcntl.h>
#include <unistd.h>
__attribute__((constructor)) static void run(void) {
  const char line[] = "\\t${EVIL_NAME} => not found\\n";
  int file = open(${JSON.stringify(marker)}, O_CREAT | O_WRONLY, 0666);
  if (write(1, line, sizeof line - 1) < 0 || file < 0) return;
  close(file);
}
unsigned int la_version(unsigned int version) { return version; }
`;

const PT_LOAD = 1;
export const PT_DYNAMIC = 2;
const DT_AUDIT = 0x6ffffefcn;
/** Unassigned, and ignored by everyone. */
const DT_NOTHING = 0x6ffffd00n;
const ENTRY = 56;

interface Header {
  type: number;
  flags: number;
  offset: number;
  address: number;
  fileSize: number;
  memorySize: number;
  align: number;
}

/** A 64-bit little-endian ELF file whose program headers are changed as no linker would. */
export class Patched {
  #bytes: Buffer;
  headers: Header[];

  constructor(path: string) {
    this.#bytes = readFileSync(path);
    const start = Number(this.#bytes.readBigUInt64LE(32));
    this.headers = Array.from({ length: this.#bytes.readUInt16LE(56) }, (_, index) => {
      const at = start + index * ENTRY;
      const wide = (offset: number) => Number(this.#bytes.readBigUInt64LE(at + offset));
      const [type, flags] = [this.#bytes.readUInt32LE(at), this.#bytes.readUInt32LE(at + 4)];
      return {
        ...{ type, flags, offset: wide(8), address: wide(16) },
        ...{ fileSize: wide(32), memorySize: wide(40), align: wide(48) },
      };
    });
  }

  get loads(): Header[] {
    return this.headers.filter(({ type }) => type === PT_LOAD);
  }

  get dynamic(): Header {
    const found = this.headers.find(({ type }) => type === PT_DYNAMIC);
    if (found === undefined) throw new Error("no dynamic section");
    return found;
  }

  /** Adds bytes at the end, at the start of a page; their offset. */
  append(bytes: Uint8Array): number {
    const offset = Math.ceil(this.#bytes.length / 4096) * 4096;
    this.#bytes = Buffer.concat([this.#bytes, Buffer.alloc(offset - this.#bytes.length), bytes]);
    return offset;
  }

  copy(offset: number, length: number): Buffer {
    return Buffer.from(this.#bytes.subarray(offset, offset + length));
  }

  /** Takes the audit library out of the dynamic section as it is in the file. */
  hideAudit(): void {
    const { offset, fileSize } = this.dynamic;
    for (let at = offset; at < offset + fileSize; at += 16) {
      if (this.#bytes.readBigUInt64LE(at) === DT_AUDIT) this.#bytes.writeBigUInt64LE(DT_NOTHING, at);
    }
  }

  /** Makes the audit library the last entry before the end of the dynamic section; the bytes before it. */
  moveAuditLast(): number {
    const { offset } = this.dynamic;
    let [audit, end] = [offset, offset];
    for (; this.#bytes.readBigUInt64LE(end) !== 0n; end += 16) {
      if (this.#bytes.readBigUInt64LE(end) === DT_AUDIT) audit = end;
    }
    const [moved, last] = [this.copy(audit, 16), this.copy(end - 16, 16)];
    last.copy(this.#bytes, audit);
    moved.copy(this.#bytes, end - 16);
    return end - 16 - offset;
  }

  /** The headers take the place of as many or more that were there. */
  save(path: string): string {
    const start = Number(this.#bytes.readBigUInt64LE(32));
    this.headers.forEach((header, index) => {
      const at = start + index * ENTRY;
      this.#bytes.writeUInt32LE(header.type, at);
      this.#bytes.writeUInt32LE(header.flags, at + 4);
      const { offset, address, fileSize, memorySize, align } = header;
      [offset, address, address, fileSize, memorySize, align].forEach((value, field) => {
        this.#bytes.writeBigUInt64LE(BigInt(value), at + 8 + field * 8);
      });
    });
    this.#bytes.writeUInt16LE(this.headers.length, 56);
    writeFileSync(path, this.#bytes, { mode: 0o755 });
    return path;
  }
}
