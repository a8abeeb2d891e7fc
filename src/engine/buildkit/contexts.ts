import { stat } from "node:fs/promises";
import { MsbDepsError } from "../../base/errors.ts";
import type { BuildSettings } from "./settings.ts";

/**
 * Whether a context is fetched by the engine: git and http(s) URLs, and the short forms of git that docker knows.
 * https://docs.docker.com/build/concepts/context/#remote-context
 */
export function isRemoteContext(context: string): boolean {
  return /^(https?:\/\/|git:\/\/|ssh:\/\/|git@|github\.com\/)/.test(context);
}

/** One `--build-context`, as the frontend hears of it. */
export interface NamedContext {
  readonly attribute: string;
  readonly value: string;
  /** The folder that is sent under the name of `source`; null where the engine fetches it. */
  readonly folder: string | null;
  readonly source: string;
}

/** Prefixes of contexts that are handed on as they are. */
const HANDED_ON = /^(docker-image:\/\/|target:)/;

/** Whether a named context is a directory of this machine. */
export function isLocalContext(place: string): boolean {
  return !isRemoteContext(place) && !HANDED_ON.test(place);
}

/** docker/buildx build/opt.go: a folder named as one of the frontend's own gets an underscore. */
export function namedContexts({ contexts }: Pick<BuildSettings, "contexts">): readonly NamedContext[] {
  return Object.entries(contexts).map(([name, place]) => {
    const source = name === "context" || name === "dockerfile" ? `_${name}` : name;
    const remote = !isLocalContext(place);
    return {
      attribute: `context:${name}`,
      value: remote ? place : `local:${source}`,
      folder: remote ? null : place,
      source,
    };
  });
}

/** @throws MsbDepsError `usage` where a named context is no folder */
export async function requireContexts(settings: Pick<BuildSettings, "contexts">): Promise<void> {
  for (const { attribute, folder } of namedContexts(settings)) {
    if (folder === null || (await stat(folder).catch(() => null))?.isDirectory() === true) continue;
    throw new MsbDepsError("usage", `the build ${attribute.replace(":", " ")}=${folder} is not a directory.`, {
      hint: "Set --build-context NAME= to an existing directory, a URL, or docker-image://IMAGE.",
    });
  }
}
