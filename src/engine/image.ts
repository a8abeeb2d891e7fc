import type Docker from "dockerode";
import type { Image } from "./engine.ts";
import { statusCode } from "./transport.ts";

/** Describes an image of the engine's store. */
export async function describeImage(docker: Docker, reference: string, release: () => Promise<void>): Promise<Image> {
  // Variant is missing in dockerode's types.
  const info: Docker.ImageInspectInfo & { Variant?: string | undefined } = await docker.getImage(reference).inspect();
  const { Env, WorkingDir, User, Entrypoint, Cmd } = info.Config ?? {};
  return {
    reference,
    id: info.Id,
    os: info.Os,
    architecture: info.Architecture,
    variant: info.Variant || null,
    bytes: info.Size,
    config: {
      env: Env ?? [],
      workingDir: WorkingDir || "/",
      user: User ?? "",
      entrypoint: words(Entrypoint),
      cmd: Cmd ?? [],
    },
    release,
  };
}

function words(given: string | readonly string[] | undefined | null): readonly string[] {
  if (!given) return [];
  return typeof given === "string" ? [given] : given;
}

/**
 * Takes our own tag away, and with it an image that has no other name. By name, never by id: the engine would remove
 * the names that the user gave to the same image as well.
 */
export async function removeTag(docker: Docker, name: string): Promise<void> {
  try {
    await docker.getImage(name).remove({ force: true });
  } catch (error) {
    if (statusCode(error) !== 404) throw error;
  }
}
