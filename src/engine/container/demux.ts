const HEADER = 8;

/**
 * Takes apart the stream of an attached container: frames of one byte stream number (1 output, 2 error), three unused,
 * four bytes length, then bytes. Chunks may be cut anywhere. https://docs.docker.com/reference/api/engine/ (attach)
 */
export function demultiplexer(onData: (stream: number, bytes: Buffer) => void): (chunk: Buffer) => void {
  let header = Buffer.alloc(0);
  let left = 0;
  let stream = 0;
  return (chunk) => {
    let rest = chunk;
    while (rest.length > 0) {
      if (left > 0) {
        const part = rest.subarray(0, left);
        onData(stream, part);
        left -= part.length;
        rest = rest.subarray(part.length);
        continue;
      }
      const wanted = HEADER - header.length;
      header = Buffer.concat([header, rest.subarray(0, wanted)]);
      rest = rest.subarray(wanted);
      if (header.length < HEADER) return;
      stream = header.readUInt8(0);
      left = header.readUInt32BE(4);
      header = Buffer.alloc(0);
    }
  };
}
