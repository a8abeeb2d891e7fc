import { closeSync, constants, createReadStream, fstatSync, openSync } from "node:fs";
import { Socket } from "node:net";
import { addAbortSignal, type Readable } from "node:stream";

/**
 * Reads a file that the user named, or a pipe (`<(command)`), to its end. Directories, sockets and devices are refused:
 * these have no end, or wait for a writer.
 * @throws Error that says what is wrong with it: `it is larger than 8 MiB`
 */
export async function readGiven(path: string, maxBytes: number, signal: AbortSignal): Promise<Buffer> {
  // Otherwise a FIFO without a writer blocks a thread, and with it the end of this process.
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const info = fstatSync(fd);
  if (info.isFIFO()) return readToEnd(new Socket({ fd, readable: true, writable: false }), maxBytes, signal);
  if (info.isFile()) return readToEnd(createReadStream(path, { fd }), maxBytes, signal);
  closeSync(fd);
  throw new Error(info.isDirectory() ? "it is a directory" : "it is not a regular file");
}

/**
 * Reads a stream to its end. Standard input may be a terminal without any input: the signal ends the wait.
 * @throws Error where there is more than so many bytes
 */
export async function readToEnd(stream: Readable, maxBytes: number, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let left = maxBytes;
  try {
    for await (const chunk of addAbortSignal(signal, stream)) {
      const bytes = Buffer.from(chunk);
      left -= bytes.length;
      if (left < 0) throw new Error(`it is larger than ${maxBytes / 2 ** 20} MiB`);
      chunks.push(bytes);
    }
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
  return Buffer.concat(chunks);
}
