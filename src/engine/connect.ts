import { BuildxEngine } from "./buildx/buildx-engine.ts";
import { selectedBuilder } from "./buildx/selected.ts";
import { sweepWorkshops } from "./buildx/workshop.ts";
import { DockerEngine } from "./docker-engine.ts";
import { NOT_NAMED } from "./endpoint.ts";
import type { Engine } from "./engine.ts";
import { findEngine } from "./find-engine.ts";
import type { NamedEndpoint } from "./named-endpoint.ts";
import { newOwner } from "./owner.ts";
import { Patience } from "./patience.ts";
import type { Surroundings } from "./surroundings.ts";

/** What `connect` depends on: see `Surroundings`; `signal` stops the run. */
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
  const patience = new Patience(named.idleMs, options.signal);
  const builder = await selectedBuilder(options, named);
  const owner = await newOwner();
  await sweepWorkshops(owner);
  if (builder !== null) return new BuildxEngine(builder, options, { owner, patience });
  const found = await findEngine(options, options.signal, named);
  const engine = new DockerEngine(found, options, { owner, patience });
  engine.startSweep();
  return engine;
}
