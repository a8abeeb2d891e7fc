/**
 * gRPC's length-prefixed messages: one byte "compressed", four bytes length, the message.
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */

/** The most that one message may hold; far above what BuildKit sends (it splits data at 32 KiB to 3 MiB). */
const MAX_MESSAGE = 64 * 1024 * 1024;

export function frame(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(5 + message.length);
  framed.writeUInt8(0, 0);
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, 5);
  return framed;
}

/** The messages of a stream of chunks that are cut anywhere. */
export async function* messages(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let size = 0;
  let wanted = 5;
  for await (const chunk of chunks) {
    held.push(chunk);
    size += chunk.length;
    if (size < wanted) continue;
    let rest = held.length === 1 ? chunk : Buffer.concat(held);
    for (;;) {
      wanted = rest.length < 5 ? 5 : 5 + checkedLength(rest);
      if (rest.length < wanted) break;
      yield rest.subarray(5, wanted);
      rest = rest.subarray(wanted);
    }
    held = rest.length === 0 ? [] : [rest];
    size = rest.length;
  }
  if (size > 0) throw new RangeError("gRPC: the stream ends inside a message");
}

function checkedLength(header: Buffer): number {
  if (header.readUInt8(0) !== 0) throw new RangeError("gRPC: a compressed message, which was not agreed on");
  const length = header.readUInt32BE(1);
  if (length > MAX_MESSAGE) throw new RangeError(`gRPC: a message of ${length} bytes`);
  return length;
}
