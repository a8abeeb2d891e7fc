import { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { XzReadableStream } from "xz-decompress";
import { decodeName } from "../../base/names.ts";
import { compressionOf, decompressedLimit, otherCompression } from "../../oci/decompress.ts";
import { readTar } from "../../oci/tar.ts";
import { isTar } from "./kinds.ts";
import { isProgram, MAX_MEMBER, MEMBER_HEAD, type Members, maxUnpacked } from "./members.ts";

/** The decompressed bytes of a tar that is compressed with gzip, xz or Zstandard, or not at all. */
export function decompressed(bytes: Uint8Array): Readable {
  const source = Readable.from([Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)]);
  const compression = compressionOf(bytes);
  const other = compression === null ? otherCompression(bytes) : null;
  const limit = decompressedLimit(maxUnpacked(bytes.length));
  if (other === "xz") return piped(Readable.from(decodeXz(bytes)), limit);
  if (other !== null) throw new Error(`compressed with ${other}`);
  return compression === null ? piped(source, limit) : piped(piped(source, compression.decoder()), limit);
}

function piped<T extends Readable & NodeJS.WritableStream>(from: Readable, to: T): T {
  from.on("error", (error) => to.destroy(error));
  to.on("close", () => from.destroy());
  from.pipe(to);
  return to;
}

async function* decodeXz(bytes: Uint8Array): AsyncGenerator<Buffer> {
  const input = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
  for await (const chunk of new XzReadableStream(input)) {
    yield Buffer.from(chunk);
    // The decoder leaves no time for signals by itself.
    await setImmediate();
  }
}

/** Whether what is decompressed is a tar: the kinds of compression tell nothing of it. */
export async function holdsTar(bytes: Uint8Array): Promise<boolean> {
  const stream = decompressed(bytes);
  try {
    let head = Buffer.alloc(0);
    for await (const chunk of stream) {
      head = Buffer.concat([head, chunk as Buffer]);
      if (head.length >= 512) break;
    }
    return isTar(head);
  } finally {
    stream.destroy();
  }
}

/** Adds the members of a tar. @throws Error where it is damaged, or has more than fits */
export async function readMembers(stream: Readable, members: Members): Promise<void> {
  try {
    for await (const entry of readTar(stream)) {
      const name = decodeName(entry.name);
      if (entry.type === "symlink") members.addLink(name, decodeName(entry.linkName));
      else if (entry.type === "hardlink") members.addSameFile(name, decodeName(entry.linkName));
      if (entry.type !== "file") continue;
      const head = await entry.read(MEMBER_HEAD);
      if (isProgram(head) && entry.size > MAX_MEMBER) throw new Error(`a program of more than ${MAX_MEMBER} bytes`);
      const isWhole = isProgram(head) || members.wantsText(name, entry.size);
      const rest = isWhole ? await entry.read(entry.size - head.length) : Buffer.alloc(0);
      members.addFile(name, entry.mode, entry.size, Buffer.concat([head, rest]));
    }
  } finally {
    stream.destroy();
  }
}
