import { Readable } from "node:stream";
import type Docker from "dockerode";
import { MsbDepsError, throwIfStopped } from "../../base/errors.ts";
import type { Image, ImageFiles } from "../engine.ts";
import { engineText, statusCode } from "../transport.ts";
import { type Containers, createContainer, hardened } from "./create.ts";

/** The files of an image by the archive endpoint, over a container that is created and never started. */
export async function imageFiles(containers: Containers, image: Image, signal: AbortSignal): Promise<ImageFiles> {
  throwIfStopped(signal);
  // Never run: any command will do, and one has to be given.
  const { container, leftover } = await createContainer(containers, hardened(image.reference, ["/"], containers));
  const open = new Set<Readable>();
  return {
    async archive(path) {
      throwIfStopped(signal);
      const stream = await archive(container, path);
      if (stream === null) return null;
      open.add(stream);
      stream.once("close", () => open.delete(stream));
      return stream;
    },
    async remove() {
      // A tar that was not read to its last byte would keep its connection, and so this process, for minutes.
      for (const stream of open) stream.destroy();
      await leftover.remove();
    },
  };
}

async function archive(container: Docker.Container, path: string): Promise<Readable | null> {
  try {
    const stream = await container.getArchive({ path });
    return stream instanceof Readable ? stream : new Readable().wrap(stream);
  } catch (cause) {
    if (statusCode(cause) === 404) return null;
    if (cause instanceof MsbDepsError) throw cause;
    throw new MsbDepsError("engine", `the engine cannot read ${path} of the image: ${engineText(cause)}.`, { cause });
  }
}
