import { homedir, hostname } from "node:os";
import { MsbDepsError } from "../../base/errors.ts";
import { phase } from "../../base/phases.ts";
import type { Engine } from "../../engine/engine.ts";
import type { NamedEndpoint } from "../../engine/named-endpoint.ts";
import { leftoverLines } from "../../report/leftovers.ts";
import type { Io } from "../options.ts";
import { readGiven } from "../read-given.ts";

/** Of configuration, keys, secrets and ignore files. */
const MAX_FILE_BYTES = 16 * 2 ** 20;

/** Opens the engine that is named, else the one that the user's docker command would use. */
export async function openEngine(io: Pick<Io, "env" | "signal">, named: NamedEndpoint): Promise<Engine> {
  const { connect } = await import("../../engine/connect.ts");
  const connected = connect({
    env: io.env,
    home: io.env.HOME ?? homedir(),
    platform: process.platform,
    uid: process.getuid?.() ?? null,
    hostname: hostname(),
    readFile: (path) => readGiven(path, MAX_FILE_BYTES, io.signal),
    signal: io.signal,
    named,
  });
  return connected.catch((cause: unknown) => {
    throw cause instanceof MsbDepsError && cause.code === "no-engine" ? withOtherWays(cause) : cause;
  });
}

function withOtherWays({ code, message, tried, hint }: MsbDepsError): MsbDepsError {
  const ways =
    "Without an engine, use --oci with the archive of a built image, or --rootfs with an unpacked image (/ inside the builder itself).";
  return new MsbDepsError(code, message, { tried, hint: hint === null ? ways : `${hint} ${ways}` });
}

/** Closes an engine. What could not be removed is named. */
export async function closeEngine(engine: Engine, { messages }: Pick<Io, "messages">): Promise<void> {
  const left = await engine.close();
  if (left.length > 0) messages.lines(leftoverLines(left));
}

/** An engine that is connected to at most once, and only if it is needed. */
export interface EngineOnDemand {
  readonly get: () => Promise<Engine>;
  /** Closes the connection, if there is one. */
  readonly close: () => Promise<void>;
}

export function engineOnDemand(io: Io, named: NamedEndpoint): EngineOnDemand {
  let opened: Promise<Engine> | null = null;
  return {
    get: () => {
      opened ??= phase("find the engine", () => openEngine(io, named));
      return opened;
    },
    close: async () => {
      const engine = await opened?.catch(() => null);
      if (engine != null) await closeEngine(engine, io);
    },
  };
}
