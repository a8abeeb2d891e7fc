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
/** Longest PAX header or GNU long name that is taken. */
const MOST_EXTENSION = 1024 * 1024;
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
  for (;;) {
    const header = await input.take(BLOCK);
    if (header.every((byte) => byte === 0)) break;
    checkSum(header);
    const flag = String.fromCharCode(header[156] ?? 0);
    const size = extended.has("size") ? Number(extended.get("size")) : octal(header, 124, 12);
    if (!Number.isSafeInteger(size) || size < 0) throw new Error("a tar entry without a valid size");
    if (flag === "x" || flag === "g" || flag === "L" || flag === "K") {
      if (size > MOST_EXTENSION) throw new Error(`a tar header of ${size} bytes`);
      const text = await input.take(size);
      await input.skip(padding(size));
      if (flag === "x") extended = new Map([...extended, ...paxRecords(text)]);
      if (flag === "L") extended.set("path", untilNul(text));
      if (flag === "K") extended.set("linkpath", untilNul(text));
      continue;
    }
    // Its contents are no contents of a file, and its header has more parts.
    if (flag === "S" || extended.has("GNU.sparse.major")) throw new Error("a sparse file in a format of GNU tar");
    let left = flag === "1" || flag === "2" ? 0 : size;
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
  }
}

function entryOf(header: Buffer, extended: ReadonlyMap<string, Buffer>, type: TarEntry["type"]) {
  const isUstar = header.toString("latin1", 257, 263) === "ustar\0";
  const prefix = isUstar ? untilNul(header.subarray(345, 500)) : Buffer.alloc(0);
  const short = untilNul(header.subarray(0, 100));
  const own = prefix.length > 0 ? Buffer.concat([prefix, Buffer.from("/"), short]) : short;
  const number = (key: string, at: number): number =>
    extended.has(key) ? Number(extended.get(key)) : octal(header, at, 8);
  return {
    type,
    name: extended.get("path") ?? own,
    linkName: extended.get("linkpath") ?? untilNul(header.subarray(157, 257)),
    mode: octal(header, 100, 8) & 0o7777,
    uid: number("uid", 108),
    gid: number("gid", 116),
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

function octal(header: Buffer, at: number, length: number): number {
  // GNU's base-256 for what does not fit.
  if (((header[at] ?? 0) & 0x80) !== 0) return header.readUIntBE(at + length - 6, 6);
  const text = header
    .toString("latin1", at, at + length)
    .replace(/\0.*$/s, "")
    .trim();
  return text === "" ? 0 : Number.parseInt(text, 8);
}

function checkSum(header: Buffer): void {
  let sum = 8 * 0x20;
  for (let at = 0; at < BLOCK; at += 1) if (at < 148 || at >= 156) sum += header[at] ?? 0;
  if (sum !== octal(header, 148, 8)) throw new Error("a tar header with a wrong checksum");
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
