import type Docker from "dockerode";
import { MsbDepsError } from "../base/errors.ts";
import type { Image } from "./engine.ts";
import { EngineLost, malformed } from "./lost.ts";
import { statusCode } from "./transport.ts";

/**
 * A reference becomes a line of a Dockerfile: neither a second line nor a variable may hide in it.
 * @throws MsbDepsError `usage`
 */
export function requireReference(reference: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9._:/@-]*$/.test(reference)) return;
  throw new MsbDepsError("usage", `${JSON.stringify(reference)} is not an image reference.`, {
    hint: "Write it as in FROM: name, name:tag or name@sha256:….",
  });
}

/** Describes an image of the engine's store. */
export async function describeImage(docker: Docker, reference: string, release: () => Promise<void>): Promise<Image> {
  // Variant is missing in dockerode's types.
  const info: Docker.ImageInspectInfo & { Variant?: string | undefined } = await docker.getImage(reference).inspect();
  if (typeof info?.Id !== "string")
    throw new EngineLost("inspecting an image", malformed("the description of an image"));
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
 * Removes our own tag, and with it an image that has no other name. By name, never by id: the engine would remove
 * the names that the user gave to the same image as well. False if there is no such tag.
 */
export function removeTag(docker: Docker, name: string): Promise<boolean> {
  return unlessMissing(docker.getImage(name).remove({ force: true }));
}

/** Waits for the removal of a thing; false if the engine does not know it. */
export async function unlessMissing(removing: Promise<unknown>): Promise<boolean> {
  try {
    await removing;
    return true;
  } catch (error) {
    if (statusCode(error) === 404) return false;
    throw error;
  }
}

/**
 * Removes our own tag and leaves the image: to Podman it is the cache of the build, as of every `podman build`; to
 * remove it would remove the steps before it as well. Podman gives the name a registry, which has to be named here.
 * https://docs.podman.io/en/latest/_static/api.html (ImageUntagLibpod)
 */
export function untag(docker: Docker, name: string): Promise<boolean> {
  return unlessMissing(untagFullName(docker, name));
}

async function untagFullName(docker: Docker, name: string): Promise<void> {
  const { RepoTags } = await docker.getImage(name).inspect();
  const full = RepoTags?.find((tag) => tag === name || tag.endsWith(`/${name}`));
  const [repo, tag] = full?.split(/:(?=[^:/]*$)/) ?? [];
  if (repo === undefined || tag === undefined) return;
  const path = `/v4.0.0/libpod/images/${encodeURIComponent(name)}/untag?repo=${repo}&tag=${tag}&`;
  const statusCodes = { 201: true, 404: "no such image", 500: "server error" } as const;
  await new Promise<void>((done, failed) =>
    docker.modem.dial({ path, method: "POST", statusCodes }, (error) => (error ? failed(error) : done())),
  );
}
