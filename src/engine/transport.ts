import { Agent as HttpsAgent } from "node:https";
import { Duplex } from "node:stream";
import Docker from "dockerode";
import { MsbDepsError } from "../base/errors.ts";
import type { Endpoint } from "./address.ts";
import { SshAgent } from "./ssh.ts";
import type { Surroundings } from "./surroundings.ts";

/** dockerode for an endpoint. Everything is given: what is left out it would read from DOCKER_HOST by itself. */
export function dockerClient(endpoint: Endpoint, { env }: Pick<Surroundings, "env">): Docker {
  const { address } = endpoint;
  const shared = { pathPrefix: "/", timeout: undefined, username: undefined, sshOptions: {} };
  if (address.kind === "unix") {
    return new Docker({ ...shared, protocol: "http", host: undefined, port: undefined, socketPath: address.path });
  }
  if (address.kind === "ssh") {
    const overSsh = { agent: new SshAgent(address, env) };
    // The name is for the Host header alone.
    return new Docker({ ...shared, protocol: "http", host: "engine", port: 80, socketPath: undefined, ...overSsh });
  }
  const { tls } = address;
  return new Docker({
    ...shared,
    socketPath: undefined,
    protocol: tls === null ? "http" : "https",
    host: address.host,
    port: address.port,
    ca: tls?.ca ?? undefined,
    cert: tls?.cert ?? undefined,
    key: tls?.key ?? undefined,
    ...(tls?.verify === false && { agent: new HttpsAgent({ rejectUnauthorized: false }) }),
  });
}

/**
 * Turns a request into a raw connection (`Upgrade: h2c`), as BuildKit's `/grpc` and `/session` are reached through the
 * engine: https://docs.docker.com/reference/api/engine/ (Session).
 */
export function upgrade(docker: Docker, path: string, headers: Record<string, string | string[]>): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const options = {
      path,
      method: "POST",
      hijack: true,
      headers: { ...headers, Upgrade: "h2c" },
      // An engine that answers in plain HTTP did not upgrade: all of these are errors.
      statusCodes: { 404: "not offered", 500: "server error" },
    };
    docker.modem.dial(options, (error, result) => {
      if (error) reject(error);
      else if (result instanceof Duplex) resolve(result);
      else reject(new MsbDepsError("engine", `the engine did not open a connection for ${path}.`));
    });
  });
}

/** The HTTP status of dockerode's errors, or null. */
export function statusCode(error: unknown): number | null {
  if (!(error instanceof Error) || !("statusCode" in error)) return null;
  return typeof error.statusCode === "number" ? error.statusCode : null;
}

/** The engine's own words, without dockerode's `(HTTP code 404) no such container - ` before them. */
export function engineText(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/^\(HTTP code \d+\) .*? - /s, "").trim();
}
