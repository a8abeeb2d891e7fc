import { readFile } from "node:fs/promises";
import { homedir, hostname } from "node:os";
import { MsbDepsError } from "../../base/errors.ts";
import type { Engine } from "../../engine/engine.ts";
import type { NamedEndpoint } from "../../engine/named-endpoint.ts";
import type { Io } from "../options.ts";

/** Opens the engine that is named, else the one that the user's docker command would use. */
export async function openEngine(io: Io, named: NamedEndpoint): Promise<Engine> {
  const { connect } = await import("../../engine/connect.ts");
  const connected = connect({
    env: io.env,
    home: io.env.HOME ?? homedir(),
    platform: process.platform,
    uid: process.getuid?.() ?? null,
    hostname: hostname(),
    readFile: (path) => readFile(path),
    signal: io.signal,
    named,
  });
  return connected.catch((cause: unknown) => {
    throw cause instanceof MsbDepsError && cause.code === "no-engine" ? withOtherWays(cause) : cause;
  });
}

function withOtherWays({ code, message, tried, hint }: MsbDepsError): MsbDepsError {
  const ways =
    "Without an engine: --oci takes a built image's archive, --rootfs an unpacked one, or / inside the builder itself.";
  return new MsbDepsError(code, message, { tried, hint: hint === null ? ways : `${hint} ${ways}` });
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
      opened ??= openEngine(io, named);
      return opened;
    },
    close: async () => {
      const engine = await opened?.catch(() => null);
      await engine?.close();
    },
  };
}
