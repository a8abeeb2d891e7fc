import { Readable } from "node:stream";
import type Docker from "dockerode";
import { MsbDepsError } from "../../base/errors.ts";
import type { Image, ImageFiles } from "../engine.ts";
import type { Leftovers } from "../leftovers.ts";
import { engineText, statusCode } from "../transport.ts";
import { createContainer, hardened, type Maker, removeContainer } from "./create.ts";

/** The files of an image by the archive endpoint, over a container that is created and never started. */
export async function imageFiles(
  docker: Docker,
  image: Image,
  maker: Maker,
  leftovers: Leftovers,
  signal: AbortSignal,
): Promise<ImageFiles> {
  const interrupted = () => new MsbDepsError("interrupted", "reading the image's files was interrupted.");
  if (signal.aborted) throw interrupted();
  // Never run: any command will do, and one has to be given.
  const container = await createContainer(docker, hardened(image.reference, ["/"], maker));
  const remove = leftovers.add(() => removeContainer(container));
  if (signal.aborted) {
    await remove();
    throw interrupted();
  }
  const open = new Set<Readable>();
  const onAbort = () => {
    for (const stream of open) stream.destroy(interrupted());
    remove().catch(() => {});
  };
  signal.addEventListener("abort", onAbort, { once: true });
  return {
    async archive(path) {
      if (signal.aborted) throw interrupted();
      const stream = await archive(container, path);
      if (signal.aborted) {
        // The container may be gone already: what is left of the tar would look like a whole one.
        stream?.destroy();
        throw interrupted();
      }
      if (stream === null) return null;
      open.add(stream);
      stream.once("close", () => open.delete(stream));
      return stream;
    },
    async remove() {
      signal.removeEventListener("abort", onAbort);
      // A tar that was not read to its last byte would keep its connection, and so this process, for minutes.
      for (const stream of open) stream.destroy();
      await remove();
    },
  };
}

async function archive(container: Docker.Container, path: string): Promise<Readable | null> {
  try {
    const stream = await container.getArchive({ path });
    return stream instanceof Readable ? stream : new Readable().wrap(stream);
  } catch (cause) {
    if (statusCode(cause) === 404) return null;
    throw new MsbDepsError("engine", `the engine did not give ${path} of the image: ${engineText(cause)}.`, { cause });
  }
}
