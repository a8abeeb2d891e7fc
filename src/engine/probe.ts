import { request as httpRequest, type IncomingHttpHeaders, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Address, Endpoint } from "./address.ts";
import { SshAgent } from "./ssh.ts";
import type { Surroundings } from "./surroundings.ts";

/** What an engine says of itself in answer to a ping. */
export interface Ping {
  readonly podman: boolean;
  readonly apiVersion: string | null;
}

const PING_TIMEOUT_MS = 5000;

/** ssh has to be started here, and docker there. */
const SSH_TIMEOUT_MS = 40_000;

/** The options of Node's http and https for an address. */
export function requestOptions(address: Address, env: Surroundings["env"]): RequestOptions {
  if (address.kind === "unix") return { socketPath: address.path };
  if (address.kind === "ssh") return { host: "engine", agent: new SshAgent(address, env) };
  const { tls } = address;
  const certificates = tls && {
    rejectUnauthorized: tls.verify,
    ...(tls.ca && { ca: tls.ca }),
    ...(tls.cert && { cert: tls.cert }),
    ...(tls.key && { key: tls.key }),
  };
  return { host: address.host, port: address.port, ...certificates };
}

/** Asks `GET /_ping`; throws the reason why nobody answered. https://docs.docker.com/reference/api/engine/ */
export async function ping(endpoint: Endpoint, { env }: Pick<Surroundings, "env">, signal: AbortSignal): Promise<Ping> {
  const { address } = endpoint;
  const secure = address.kind === "tcp" && address.tls !== null;
  const isPlain = address.kind === "tcp" && address.tls === null;
  // What Go's server says to plain HTTP where it expects TLS.
  const hint = (status: number | undefined) =>
    isPlain && status === 400 ? "; it may want TLS (DOCKER_TLS_VERIFY)" : "";
  const headers = await new Promise<IncomingHttpHeaders>((resolve, reject) => {
    const timeout = address.kind === "ssh" ? SSH_TIMEOUT_MS : PING_TIMEOUT_MS;
    const late = AbortSignal.timeout(timeout);
    const options = {
      agent: false,
      ...requestOptions(address, env),
      path: "/_ping",
      signal: AbortSignal.any([signal, late]),
    };
    const request = (secure ? httpsRequest : httpRequest)(options, (response) => {
      response.resume();
      response.on("error", reject);
      response.on("end", () => {
        if (response.statusCode === 200) resolve(response.headers);
        else reject(new Error(`it answered the ping with HTTP ${response.statusCode}${hint(response.statusCode)}`));
      });
    });
    request.on("error", (error) =>
      reject(late.aborted ? new Error(`no answer within ${timeout / 1000} s`, { cause: error }) : error),
    );
    request.end();
  });
  const apiVersion = headers["api-version"];
  return {
    podman: headers["libpod-api-version"] !== undefined,
    apiVersion: typeof apiVersion === "string" ? apiVersion : null,
  };
}
