import { basename, resolve } from "node:path";
import type { BuildRequest } from "../engine.ts";
import type { FileSource } from "../session/file-source.ts";
import { folderSource } from "../session/folder-source.ts";
import { memorySource } from "../session/memory-source.ts";
import type { Surroundings } from "../surroundings.ts";
import { LABEL } from "../sweep.ts";
import { isRemoteContext, namedContexts } from "./contexts.ts";
import { ignored, without } from "./ignore-file.ts";
import { settingAttributes } from "./setting-attributes.ts";

/**
 * The attributes of the Dockerfile frontend. moby/buildkit frontend/dockerfile/builder/build.go
 * The label makes the image ours: without it a fully cached build is the user's own image, id and all.
 */
export function frontendAttributes(request: BuildRequest, label: string): Record<string, string> {
  const buildArgs = Object.entries(request.buildArgs).map(([name, value]) => [`build-arg:${name}`, value]);
  return {
    filename: frontendName(request),
    ...(request.target !== null && { target: request.target }),
    ...(request.platform !== null && { platform: request.platform }),
    ...(request.noCache && { "no-cache": "" }),
    ...(request.pull && { "image-resolve-mode": "pull" }),
    ...Object.fromEntries(buildArgs),
    ...remoteContext(request.contextDir),
    ...settingAttributes(request.settings),
    ...Object.fromEntries(namedContexts(request.settings).map(({ attribute, value }) => [attribute, value])),
    // Last: a label of the user's cannot take its place.
    [`label:${LABEL}`]: label,
  };
}

/** The context is fetched by the engine; the Dockerfile is nevertheless ours. */
function remoteContext(context: string | null): Record<string, string> {
  return context !== null && isRemoteContext(context) ? { context, dockerfilekey: "dockerfile" } : {};
}

/**
 * The folders that the frontend asks for. It reads `<Dockerfile>.dockerignore` beside the Dockerfile before the context's
 * own `.dockerignore`, and sends the patterns with its request for the context.
 * https://docs.docker.com/build/concepts/context/#dockerignore-files
 */
export async function buildSources(
  request: BuildRequest,
  at: Surroundings,
): Promise<Readonly<Record<string, FileSource>>> {
  const name = frontendName(request);
  const files: Record<string, Uint8Array> = { [name]: request.dockerfile };
  const ignore = await ignored(request, at);
  if (ignore.sent !== null) files[`${name}.dockerignore`] = ignore.sent;
  const onSkipped = (path: string) =>
    request.onEvent({
      type: "warning",
      message: `${path} of the build context is a socket or a device and was not sent`,
      detail: null,
      line: null,
    });
  return {
    dockerfile: memorySource(files),
    ...(request.contextDir === null || isRemoteContext(request.contextDir)
      ? { context: memorySource({}) }
      : { context: without(ignore.exclude, folderSource(resolve(request.contextDir), onSkipped)) }),
    ...Object.fromEntries(
      namedContexts(request.settings).flatMap(({ folder, source }) =>
        folder === null ? [] : [[source, folderSource(resolve(folder), onSkipped)]],
      ),
    ),
  };
}

/** The key under which the engine keeps what it was sent: one a machine, user and context. */
export function sourceKey(request: BuildRequest, at: Surroundings): string {
  const folder = request.contextDir !== null && !isRemoteContext(request.contextDir);
  const context = folder ? resolve(request.contextDir) : "";
  return ["msb-deps", at.hostname, String(at.uid), context].join("\0");
}

/** The Dockerfile's name for the frontend, which takes it as a pattern: an unusual one is not passed on. */
function frontendName(request: BuildRequest): string {
  const name = request.dockerfilePath === null ? "" : basename(request.dockerfilePath);
  return /^[\w.-]+$/.test(name) ? name : "Dockerfile";
}
