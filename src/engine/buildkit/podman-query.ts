import { MsbDepsError } from "../../base/errors.ts";
import type { BuildRequest } from "../engine.ts";
import { isRemoteContext } from "./contexts.ts";
import type { BuildSettings } from "./settings.ts";

/** The name of a secret's file in the tar, with its number behind it. */
export const SENT_SECRET = ".msb-deps.secret-";

const IMAGE = "docker-image://";

/**
 * What `docker build` takes, as Podman's API does (containers/podman pkg/api/handlers/compat/images_build.go).
 * @throws MsbDepsError `usage` for what only its command can
 */
export function podmanQuery({ settings, contextDir }: BuildRequest): Readonly<Record<string, unknown>> {
  const lacking = lacks(settings, contextDir);
  if (lacking !== null) {
    throw new MsbDepsError("usage", `Podman's API does not support ${lacking}.`, {
      hint: "Build the stage with `podman build` and pass the image with --image, or use Docker Engine.",
    });
  }
  const { secrets, contexts, addHosts, labels, cacheFrom, shmSize, ulimits, network } = settings;
  const images = Object.entries(contexts).map(([name, place]) => [
    name,
    { IsURL: false, IsImage: true, Value: place.slice(IMAGE.length) },
  ]);
  return {
    ...(secrets.length > 0 && {
      secrets: JSON.stringify(secrets.map(({ id }, number) => `id=${id},src=${SENT_SECRET}${number}`)),
    }),
    ...(images.length > 0 && { additionalbuildcontexts: Object.fromEntries(images) }),
    ...(addHosts.length > 0 && { extrahosts: JSON.stringify(addHosts.map((host) => `${host.name}:${host.address}`)) }),
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(cacheFrom.length > 0 && { cachefrom: JSON.stringify(cacheFrom) }),
    ...(shmSize !== null && { shmsize: shmSize }),
    ...(ulimits.length > 0 && { ulimits: JSON.stringify(ulimits) }),
    ...(network !== "default" && { networkmode: network }),
  };
}

/** The first of what cannot be asked for, in the words of the command line. */
function lacks({ ssh, contexts, noCacheFilter }: BuildSettings, contextDir: string | null): string | null {
  if (ssh.length > 0) return "an SSH agent (--ssh)";
  if (noCacheFilter.length > 0) return "--no-cache-filter";
  const folder = Object.entries(contexts).find(([, place]) => !place.startsWith(IMAGE));
  if (folder !== undefined) return `the named context ${folder[0]}=${folder[1]} (only ${IMAGE})`;
  return contextDir !== null && isRemoteContext(contextDir) ? `the context ${contextDir}` : null;
}
