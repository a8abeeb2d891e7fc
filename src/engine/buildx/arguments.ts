import { resolve } from "node:path";
import { isRemoteContext } from "../buildkit/contexts.ts";
import type { BuildRequest } from "../engine.ts";

/** A build, as `docker buildx build` takes it: https://docs.docker.com/reference/cli/docker/buildx/build/ */
export function buildArguments(request: BuildRequest): string[] {
  const { settings, buildArgs, platform, noCache, pull } = request;
  const repeated = (flag: string, values: readonly string[]) => values.flatMap((value) => [flag, value]);
  return [
    ...repeated(
      "--build-arg",
      Object.entries(buildArgs).map(([name, value]) => `${name}=${value}`),
    ),
    ...(platform === null ? [] : ["--platform", platform]),
    ...(noCache ? ["--no-cache"] : []),
    ...(pull ? ["--pull"] : []),
    ...repeated(
      "--secret",
      settings.secrets.map(({ id, from }) =>
        csv([`id=${id}`, from.kind === "file" ? `src=${resolve(from.path)}` : `env=${from.name}`]),
      ),
    ),
    ...repeated(
      "--ssh",
      settings.ssh.map(({ id, socket }) => (socket === null ? id : `${id}=${resolve(socket)}`)),
    ),
    ...repeated(
      "--build-context",
      Object.entries(settings.contexts).map(([name, place]) => `${name}=${place}`),
    ),
    ...(settings.network === "default" ? [] : ["--network", settings.network]),
    ...(settings.network === "host" ? ["--allow", "network.host"] : []),
    ...repeated(
      "--add-host",
      settings.addHosts.map(({ name, address }) => `${name}:${address}`),
    ),
    ...repeated(
      "--label",
      Object.entries(settings.labels).map(([key, value]) => `${key}=${value}`),
    ),
    ...repeated("--cache-from", settings.cacheFrom),
    ...repeated("--no-cache-filter", settings.noCacheFilter),
    ...(settings.shmSize === null ? [] : ["--shm-size", String(settings.shmSize)]),
    ...repeated("--ulimit", settings.ulimits),
  ];
}

/** The context: a URL as it is, a folder, or the empty one that stands for none. */
export function contextArgument({ contextDir }: BuildRequest, empty: string): string {
  if (contextDir === null) return empty;
  return isRemoteContext(contextDir) ? contextDir : resolve(contextDir);
}

/** Fields of a comma-separated value, each in quotes: a path may hold a comma. */
export function csv(fields: readonly string[]): string {
  return fields.map((field) => `"${field.replaceAll('"', '""')}"`).join(",");
}
