import { BuildxEngine } from "./buildx/buildx-engine.ts";
import { selectedBuilder } from "./buildx/selected.ts";
import { sweepWorkshops } from "./buildx/workshop.ts";
import { DockerEngine } from "./docker-engine.ts";
import { NOT_NAMED } from "./endpoint.ts";
import type { Engine } from "./engine.ts";
import { findEngine } from "./find-engine.ts";
import type { NamedEndpoint } from "./named-endpoint.ts";
import { newOwner } from "./owner.ts";
import type { Surroundings } from "./surroundings.ts";
import { dockerClient } from "./transport.ts";

/** What `connect` depends on: see `Surroundings`; `signal` stops the search. */
export interface ConnectOptions extends Surroundings {
  readonly signal: AbortSignal;
  /** The engine that the command line names. */
  readonly named?: NamedEndpoint;
}

/**
 * The builder that is named or chosen, where that is not the engine's own; else the engine that is named, else the one that the user's docker command would use, else the first of the usual sockets that answers.
 * Import this file lazily: dockerode comes with it.
 */
export async function connect(options: ConnectOptions): Promise<Engine> {
  const named = options.named ?? NOT_NAMED;
  const builder = await selectedBuilder(options, named);
  const owner = await newOwner();
  await sweepWorkshops(owner);
  if (builder !== null) return new BuildxEngine(builder, options, owner);
  const found = await findEngine(options, options.signal, named);
  const engine = new DockerEngine(dockerClient(found.endpoint, options), found, options, owner);
  engine.startSweep(options.signal);
  return engine;
}
