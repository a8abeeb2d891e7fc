import { join } from "node:path";
import { MsbDepsError } from "../base/errors.ts";
import { readIfThere, type Surroundings } from "./surroundings.ts";

/** The parts of Docker's config.json that matter here. https://docs.docker.com/reference/cli/docker/#configuration-files */
export interface DockerConfig {
  readonly folder: string;
  readonly currentContext: string | null;
  readonly auths: Readonly<Record<string, StoredAuth>>;
  readonly credHelpers: Readonly<Record<string, string>>;
  readonly credsStore: string | null;
}

export interface StoredAuth {
  /** base64 of `user:password`. */
  readonly auth?: string;
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
}

/** The folder of config.json, contexts and default certificates: DOCKER_CONFIG, else ~/.docker. */
export function configFolder(at: Surroundings): string {
  return at.env.DOCKER_CONFIG || join(at.home, ".docker");
}

/** Reads config.json; where there is none, everything is empty. */
export async function readDockerConfig(at: Surroundings): Promise<DockerConfig> {
  const folder = configFolder(at);
  const path = join(folder, "config.json");
  const bytes = await readIfThere(at, path);
  const parsed: unknown = bytes === null || bytes.length === 0 ? {} : parse(bytes, path);
  const config = asRecord(parsed);
  return {
    folder,
    currentContext: asText(config.currentContext),
    auths: asRecord(config.auths) as Record<string, StoredAuth>,
    credHelpers: asRecord(config.credHelpers) as Record<string, string>,
    credsStore: asText(config.credsStore),
  };
}

function parse(bytes: Buffer, path: string): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch (cause) {
    throw new MsbDepsError("engine", `Docker's configuration file ${path} is not valid JSON.`, {
      hint: `Correct ${path}, or set DOCKER_CONFIG to another directory.`,
      cause,
    });
  }
}

export function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

export function asText(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
