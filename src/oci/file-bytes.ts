import type { FileHandle } from "node:fs/promises";

const PIECE = 256 * 1024;

/**
 * Some bytes of a file, piece by piece.
 * @throws Error where it has fewer
 */
export async function* fileBytes(file: FileHandle, offset: number, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < size; ) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(Math.min(PIECE, size - at)), 0, null, offset + at);
    if (bytesRead === 0) throw new Error("the archive is truncated");
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
