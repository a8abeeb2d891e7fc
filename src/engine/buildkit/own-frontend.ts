import { MsbDepsError } from "../../base/errors.ts";
import type { BuildSettings } from "./settings.ts";

/**
 * What the engine's own Dockerfile frontend leaves out of what was asked for, as options. The one of engines before 23.0
 * (API 1.42) is older than named contexts, and takes `shm-size` and `ulimit` without a word and does nothing: seen on
 * Engine 20.10.24.
 */
export function ownFrontendLacks(settings: BuildSettings, apiVersion: string | null): readonly string[] {
  if (apiVersion === null || isAtLeast(apiVersion, [1, 42])) return [];
  return [
    ...(Object.keys(settings.contexts).length > 0 ? ["--build-context"] : []),
    ...(settings.shmSize !== null ? ["--shm-size"] : []),
    ...(settings.ulimits.length > 0 ? ["--ulimit"] : []),
  ];
}

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [first = 0, second = 0] = version.split(".").map(Number);
  return first > major || (first === major && second >= minor);
}

/** The error of a build that would silently leave an option out. */
export function lackingFrontend(options: readonly string[]): MsbDepsError {
  const newer = options.includes("--build-context")
    ? ", or begin the Dockerfile with `# syntax=docker/dockerfile:1` where the engine can pull that"
    : "";
  return new MsbDepsError("engine", `the Dockerfile frontend of this engine does not know ${options.join(", ")}.`, {
    hint: `Use Docker Engine 23.0 or later${newer}.`,
  });
}

/**
 * Whether a frontend image is Docker's own, of which the engine's is an edition: `docker/dockerfile:1`, or a mirror of
 * it. Any other may be of another language.
 */
export function isDockersFrontend(image: string): boolean {
  const name = image.replace(/@.*$/, "").replace(/:[^/]*$/, "");
  return /(^|\/)dockerfile(-upstream)?$/.test(name);
}

/** The error of a syntax line whose frontend cannot be had and is not Docker's. */
export function foreignFrontend(image: string, cause: unknown): MsbDepsError {
  const text = cause instanceof Error ? cause.message : String(cause);
  const reason = text.replace(/^.*pulling it failed: /s, "");
  return new MsbDepsError(
    "image-missing",
    `the frontend ${image}, which the Dockerfile's syntax line names, could not be pulled: ${reason.replace(/\.$/, "")}.`,
    {
      hint: "If the file is plain Dockerfile, build it with the engine's own frontend: --builtin-frontend.",
      cause,
    },
  );
}
