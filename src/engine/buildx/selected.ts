import { join } from "node:path";
import { asRecord, asText, configFolder, readDockerConfig } from "../docker-config.ts";
import type { NamedEndpoint } from "../named-endpoint.ts";
import { readIfThere, type Surroundings } from "../surroundings.ts";
import type { Builder } from "./buildx-engine.ts";

/**
 * The builder that the build and the look are to run on, null where that is the engine itself: the one that is named
 * (`--builder`), the engine's own (`--in-build`), else what BUILDX_BUILDER or `docker buildx use` has chosen, unless that
 * is the engine's own too. https://docs.docker.com/build/builders/
 */
export async function selectedBuilder(at: Surroundings, named: NamedEndpoint): Promise<Builder | null> {
  const dockerOptions = [
    ...(named.host === null ? [] : ["--host", named.host]),
    ...(named.dockerContext === null ? [] : ["--context", named.dockerContext]),
  ];
  if (named.builder !== null) return { name: named.builder, dockerOptions };
  if (named.inBuild) return { name: await ownBuilder(at, named), dockerOptions };
  if (dockerOptions.length > 0) return null;
  const chosen = at.env.BUILDX_BUILDER || (await usedBuilder(at));
  if (!chosen) return null;
  const driver = await driverOf(chosen, at);
  return driver === null || driver === "docker" ? null : { name: chosen, dockerOptions };
}

/** The engine's own BuildKit has the name of the docker context. */
async function ownBuilder(at: Surroundings, { host, dockerContext }: NamedEndpoint): Promise<string> {
  if (dockerContext !== null) return dockerContext;
  if (host !== null || at.env.DOCKER_HOST) return "default";
  return at.env.DOCKER_CONTEXT || (await readDockerConfig(at)).currentContext || "default";
}

function buildxFolder(at: Surroundings): string {
  return at.env.BUILDX_CONFIG || join(configFolder(at), "buildx");
}

/** What `docker buildx use` wrote (docker/buildx store/store.go): the name is empty for the engine's own. */
async function usedBuilder(at: Surroundings): Promise<string | null> {
  return asText((await readJson(at, join(buildxFolder(at), "current"))).Name);
}

/** Null where buildx has no such builder of its own: a docker context then. */
async function driverOf(name: string, at: Surroundings): Promise<string | null> {
  if (!/^[A-Za-z0-9][\w.-]*$/.test(name)) return null;
  return asText((await readJson(at, join(buildxFolder(at), "instances", name))).Driver);
}

async function readJson(at: Surroundings, path: string): Promise<Record<string, unknown>> {
  const bytes = await readIfThere(at, path);
  try {
    return asRecord(JSON.parse(bytes?.toString("utf8") || "{}"));
  } catch {
    // A file of buildx that is no JSON says nothing of a choice.
    return {};
  }
}
