import { Duplex } from "node:stream";
import { Decompress } from "fzstd";

/** What zstd(1) decodes unless told otherwise (`--memory`): a frame can ask for no larger window. */
const MAX_WINDOW = 128 * 1024 * 1024;

const MAGIC = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;

/**
 * A stream of Zstandard frames, decoded (RFC 8878). A frame that asks for too much memory is refused before, and blocks
 * are decoded as they are wanted: four bytes can be one of 128 KiB.
 */
export function zstdStream(): Duplex {
  return Duplex.from(async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const guard = new WindowGuard();
    let decoded: Buffer[] = [];
    const decoder = new Decompress((bytes) => {
      // The decoder goes on writing into what it gave.
      if (bytes.length > 0) decoded.push(Buffer.from(bytes));
    });
    for await (const chunk of source) {
      for (const piece of guard.cut(chunk)) {
        decoder.push(piece);
        yield* decoded;
        decoded = [];
      }
    }
    decoder.push(new Uint8Array(0), true);
    yield* decoded;
  });
}

/** Blocks and frames that are decoded in one go. */
const MAX_HEADERS = 8;

/**
 * Follows the frames and blocks of a stream by their headers alone (RFC 8878, 3.1.1), to know what each frame asks for
 * before the decoder reads it.
 */
class WindowGuard {
  #held: Buffer = Buffer.alloc(0);
  #skip = 0;
  #state: "frame" | "block" = "frame";
  #checksum = 0;

  #headers = 0;

  /**
   * Cuts what comes next into pieces of few blocks each.
   * @throws Error where a window is too large, or the headers are none
   */
  *cut(chunk: Buffer): Generator<Buffer> {
    // Of what is held the decoder has had all.
    let at = -this.#held.length;
    let start = 0;
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    for (let used = this.#next(); used > 0; used = this.#next()) {
      this.#held = this.#held.subarray(used);
      at += used;
      if (this.#headers < MAX_HEADERS || at <= start) continue;
      yield chunk.subarray(start, at);
      start = at;
      this.#headers = 0;
    }
    this.#held = Buffer.from(this.#held);
    yield chunk.subarray(start);
  }

  /** How many bytes of what is held are done with; 0 where more is needed. */
  #next(): number {
    const { length } = this.#held;
    if (this.#skip > 0) {
      const step = Math.min(this.#skip, length);
      this.#skip -= step;
      return step;
    }
    if (this.#state === "block") return length < 3 ? 0 : this.#block(this.#held.readUIntLE(0, 3));
    return length < 4 ? 0 : this.#frame();
  }

  #block(header: number): number {
    const [last, type, size] = [header & 1, (header >> 1) & 3, header >> 3];
    // A run is one byte, however long it becomes.
    this.#skip = (type === 1 ? 1 : size) + (last === 1 ? this.#checksum : 0);
    if (last === 1) this.#state = "frame";
    this.#headers += 1;
    return 3;
  }

  #frame(): number {
    const magic = this.#held.readUInt32LE(0);
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE) {
      if (this.#held.length < 8) return 0;
      this.#skip = this.#held.readUInt32LE(4);
      this.#headers += 1;
      return 8;
    }
    if (magic !== MAGIC) throw new Error("expected a Zstandard frame");
    const flags = this.#held[4];
    if (flags === undefined) return 0;
    const single = ((flags >> 5) & 1) === 1;
    const dictionary = [0, 1, 2, 4][flags & 3] ?? 0;
    const contentSize = [single ? 1 : 0, 2, 4, 8][flags >> 6] ?? 0;
    const header = 5 + (single ? 0 : 1) + dictionary + contentSize;
    if (this.#held.length < header) return 0;
    if (this.#window(single, header - contentSize, contentSize) > MAX_WINDOW)
      throw new Error(`a Zstandard frame with a window of more than ${MAX_WINDOW} bytes`);
    this.#state = "block";
    this.#checksum = ((flags >> 2) & 1) * 4;
    return header;
  }

  #window(single: boolean, at: number, length: number): number {
    if (!single) {
      const descriptor = this.#held[5] ?? 0;
      const base = 2 ** (10 + (descriptor >> 3));
      return base + (base / 8) * (descriptor & 7);
    }
    if (length === 8) return Number(this.#held.readBigUInt64LE(at));
    return this.#held.readUIntLE(at, length) + (length === 2 ? 256 : 0);
  }
}
