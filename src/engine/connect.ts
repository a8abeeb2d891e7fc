import type { NamedEndpoint } from "../config.ts";
import { DockerEngine } from "./docker-engine.ts";
import type { Engine } from "./engine.ts";
import { findEngine } from "./find-engine.ts";
import type { Surroundings } from "./surroundings.ts";
import { dockerClient } from "./transport.ts";

/** What `connect` depends on: see `Surroundings`; `signal` stops the search. */
export interface ConnectOptions extends Surroundings {
  readonly signal: AbortSignal;
  /** The engine that the command line names. */
  readonly named?: NamedEndpoint;
}

/**
 * The engine that is named, else the one that the user's docker command would use, else the first of the usual sockets that answers.
 * Import this file lazily: dockerode comes with it.
 */
export async function connect(options: ConnectOptions): Promise<Engine> {
  const found = await findEngine(options, options.signal, options.named);
  return new DockerEngine(dockerClient(found.endpoint, options), found, options);
}
