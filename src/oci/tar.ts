import type { Readable } from "node:stream";
import type { FileType } from "../snapshot/snapshot.ts";

/** An entry of a tar stream. Names are bytes: tar-stream would decode those of PAX headers as UTF-8, and lose some. */
export interface TarEntry {
  readonly name: Buffer;
  /** `hardlink` is another name of an earlier entry, given by `linkName`. */
  readonly type: FileType | "hardlink";
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly linkName: Buffer;
  /** Up to so many of the next bytes of the contents; what is not read is skipped. */
  read(length: number): Promise<Buffer>;
  skip(length: number): Promise<void>;
}

const BLOCK = 512;
/** PAX headers and GNU long names of one entry, all together. */
const MAX_EXTENSION = 1024 * 1024;
const MAX_EXTENSIONS = 100;
const TYPES: Readonly<Record<string, TarEntry["type"]>> = {
  "\0": "file",
  "0": "file",
  "7": "file",
  "1": "hardlink",
  "2": "symlink",
  "3": "character",
  "4": "block",
  "5": "directory",
  "6": "fifo",
};

/** Where the bytes of a tar come from, in order. */
export interface TarInput {
  /** So many bytes exactly; throws where there are fewer. */
  take(length: number): Promise<Buffer>;
  skip(length: number): Promise<void>;
}

/** Reads a tar stream to its end; one that breaks off throws. */
export async function* readTar(stream: Readable): AsyncGenerator<TarEntry> {
  const input = new ByteReader(stream);
  yield* tarEntries(input);
  // The rest is padding; read to its end so that the connection ends well, and a check of the whole comes to its end.
  await input.drain();
}

/**
 * The entries of a tar as Go's archive/tar writes it: POSIX ustar with PAX extended headers, or GNU with long names
 * (pax(1), "pax Interchange Format"; tar(5)).
 */
export async function* tarEntries(input: TarInput): AsyncGenerator<TarEntry> {
  let extended = new Map<string, Buffer>();
  let extensions = { count: 0, bytes: 0 };
  for (;;) {
    const header = await input.take(BLOCK);
    if (header.every((byte) => byte === 0)) break;
    checkSum(header);
    const flag = String.fromCharCode(header[156] ?? 0);
    if (flag === "x" || flag === "g" || flag === "L" || flag === "K") {
      const size = number(header, 124, 12);
      extensions = { count: extensions.count + 1, bytes: extensions.bytes + size };
      if (extensions.bytes > MAX_EXTENSION) throw new Error(`a tar header of more than ${MAX_EXTENSION} bytes`);
      if (extensions.count > MAX_EXTENSIONS) throw new Error(`more than ${MAX_EXTENSIONS} headers for one tar entry`);
      const text = await input.take(size);
      await input.skip(padding(size));
      if (flag === "x") for (const [key, value] of paxRecords(text)) extended.set(key, value);
      if (flag === "L") extended.set("path", untilNul(text));
      if (flag === "K") extended.set("linkpath", untilNul(text));
      continue;
    }
    // Its contents are no contents of a file, and its header has more parts.
    if (flag === "S" || extended.has("GNU.sparse.major")) throw new Error("a sparse file in a format of GNU tar");
    // Whatever size the header of a link names, there are no contents (Go's archive/tar, isHeaderOnlyType).
    const size = HEADER_ONLY.has(flag) ? 0 : (paxNumber(extended, "size") ?? number(header, 124, 12));
    let left = size;
    const type = TYPES[flag];
    if (type !== undefined) {
      const read = async (length: number): Promise<Buffer> => {
        const bytes = await input.take(Math.min(length, left));
        left -= bytes.length;
        return bytes;
      };
      const skip = async (length: number): Promise<void> => {
        const most = Math.min(length, left);
        await input.skip(most);
        left -= most;
      };
      yield { ...entryOf(header, extended, type), size: type === "file" ? size : 0, read, skip };
    }
    await input.skip(left + padding(size));
    extended = new Map();
    extensions = { count: 0, bytes: 0 };
  }
}

const HEADER_ONLY: ReadonlySet<string> = new Set(["1", "2", "3", "4", "5", "6"]);

function entryOf(header: Buffer, extended: ReadonlyMap<string, Buffer>, type: TarEntry["type"]) {
  const isUstar = header.toString("latin1", 257, 263) === "ustar\0";
  const prefix = isUstar ? untilNul(header.subarray(345, 500)) : Buffer.alloc(0);
  const short = untilNul(header.subarray(0, 100));
  const own = prefix.length > 0 ? Buffer.concat([prefix, Buffer.from("/"), short]) : short;
  return {
    type,
    name: extended.get("path") ?? own,
    linkName: extended.get("linkpath") ?? untilNul(header.subarray(157, 257)),
    mode: number(header, 100, 8) & 0o7777,
    uid: paxNumber(extended, "uid") ?? number(header, 108, 8),
    gid: paxNumber(extended, "gid") ?? number(header, 116, 8),
  };
}

/** `LENGTH KEY=VALUE LF` records; the length counts itself. */
function paxRecords(text: Buffer): Map<string, Buffer> {
  const records = new Map<string, Buffer>();
  for (let at = 0; at < text.length; ) {
    const space = text.indexOf(0x20, at);
    const length = Number(text.toString("latin1", at, Math.max(at, space)));
    const equals = text.indexOf(0x3d, space);
    if (!(length > 0) || space < 0 || equals < 0 || at + length > text.length) throw new Error("a broken PAX header");
    records.set(text.toString("utf8", space + 1, equals), text.subarray(equals + 1, at + length - 1));
    at += length;
  }
  return records;
}

/** A number of a header: octal, or in GNU's base-256 where that has no room for it. */
function number(header: Buffer, at: number, length: number): number {
  const bytes = header.subarray(at, at + length);
  const text = untilNul(bytes).toString("latin1").trim();
  const isBinary = ((bytes[0] ?? 0) & 0x80) !== 0;
  const value = isBinary ? base256(bytes) : /^[0-7]*$/.test(text) ? Number.parseInt(`0${text}`, 8) : Number.NaN;
  if (!Number.isSafeInteger(value) || value < 0) throw new Error("a tar header with an invalid number");
  return value;
}

/** The first bit is the mark; a second one would be the sign. Not an integer any more above 2^53. */
function base256(bytes: Buffer): number {
  const first = bytes[0] ?? 0;
  if ((first & 0x40) !== 0) return Number.NaN;
  return bytes.subarray(1).reduce((value, byte) => value * 256 + byte, first & 0x3f);
}

function paxNumber(extended: ReadonlyMap<string, Buffer>, key: string): number | null {
  const text = extended.get(key)?.toString("latin1");
  if (text === undefined) return null;
  const value = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new Error(`a PAX header with an invalid ${key}`);
  return value;
}

function checkSum(header: Buffer): void {
  let sum = 8 * 0x20;
  for (let at = 0; at < BLOCK; at += 1) if (at < 148 || at >= 156) sum += header[at] ?? 0;
  if (sum !== number(header, 148, 8)) throw new Error("a tar header with a wrong checksum");
}

function untilNul(bytes: Buffer): Buffer {
  const nul = bytes.indexOf(0);
  return nul < 0 ? bytes : bytes.subarray(0, nul);
}

function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

/** Takes pieces of exact length from a stream. */
export class ByteReader implements TarInput {
  /** The offset of the next byte. */
  at = 0;
  readonly #chunks: AsyncIterator<Buffer>;
  #current: Buffer = Buffer.alloc(0);

  constructor(stream: Readable) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  async take(length: number): Promise<Buffer> {
    if (this.#current.length >= length) return this.#cut(length);
    const parts: Buffer[] = [];
    let missing = length;
    while (missing > 0) {
      if (this.#current.length === 0) await this.#more();
      const part = this.#cut(Math.min(missing, this.#current.length));
      parts.push(part);
      missing -= part.length;
    }
    return Buffer.concat(parts);
  }

  async skip(length: number): Promise<void> {
    for (let missing = length; missing > 0; ) {
      if (this.#current.length === 0) await this.#more();
      missing -= this.#cut(Math.min(missing, this.#current.length)).length;
    }
  }

  /** One byte at least, and as many as are at hand, up to a length. */
  async some(most: number): Promise<Buffer> {
    while (this.#current.length === 0) await this.#more();
    return this.#cut(Math.min(most, this.#current.length));
  }

  /** Reads what is left, and nothing of it is kept. */
  async drain(): Promise<void> {
    while ((await this.#chunks.next()).done !== true);
  }

  #cut(length: number): Buffer {
    const part = this.#current.subarray(0, length);
    this.#current = this.#current.subarray(length);
    this.at += length;
    return part;
  }

  async #more(): Promise<void> {
    const next = await this.#chunks.next();
    if (next.done === true) throw new Error("the tar stream is truncated");
    this.#current = next.value;
  }
}
