const HEADER = 8;

/** The last number of a stream: 0 input, 1 output, 2 error. */
const LAST_STREAM = 2;

/**
 * Takes apart the stream of an attached container: frames of one byte stream number (1 output, 2 error), three unused,
 * four bytes length, then bytes. Chunks may be cut anywhere. https://docs.docker.com/reference/api/engine/ (attach)
 */
export class Demultiplexer {
  readonly #onData: (stream: number, bytes: Buffer) => void;
  #header = Buffer.alloc(0);
  #left = 0;
  #stream = 0;

  constructor(onData: (stream: number, bytes: Buffer) => void) {
    this.#onData = onData;
  }

  /** Whether a frame has begun and not ended. */
  get isInside(): boolean {
    return this.#left > 0 || this.#header.length > 0;
  }

  /** @throws RangeError for a frame of no stream */
  push(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#left > 0) {
        const part = rest.subarray(0, this.#left);
        this.#onData(this.#stream, part);
        this.#left -= part.length;
        rest = rest.subarray(part.length);
        continue;
      }
      const wanted = HEADER - this.#header.length;
      this.#header = Buffer.concat([this.#header, rest.subarray(0, wanted)]);
      rest = rest.subarray(wanted);
      if (this.#header.length < HEADER) return;
      this.#stream = this.#header.readUInt8(0);
      if (this.#stream > LAST_STREAM) throw new RangeError(`a frame of stream ${this.#stream}`);
      this.#left = this.#header.readUInt32BE(4);
      this.#header = Buffer.alloc(0);
    }
  }
}
