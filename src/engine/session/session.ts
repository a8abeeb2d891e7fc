import type Docker from "dockerode";
import { type GrpcHandler, serveGrpc, unary } from "../grpc/server.ts";
import { GrpcCode, GrpcError } from "../grpc/status.ts";
import { EngineLost, type Loss } from "../lost.ts";
import { upgrade } from "../transport.ts";
import {
  CheckAgentRequest,
  CredentialsRequest,
  CredentialsResponse,
  GetSecretRequest,
  GetSecretResponse,
  HealthCheckResponse,
} from "../wire/messages.ts";
import type { Credentials } from "./credentials.ts";
import type { FileSource } from "./file-source.ts";
import { fileSync } from "./file-sync.ts";
import type { SecretStore } from "./secrets.ts";
import { forwardAgent } from "./ssh-agent.ts";

/** What the engine may ask of us while it builds. */
export interface SessionServices {
  /** Folders by the name under which the frontend asks for them: `dockerfile`, `context`, and named contexts. */
  readonly sources: Readonly<Record<string, FileSource>>;
  readonly credentials: (host: string) => Promise<Credentials>;
  readonly secrets: SecretStore;
  /** Sockets of agents by the id under which a step asks for them. */
  readonly sshSockets: ReadonlyMap<string, string>;
  /** A secret was asked for that we do not have; the build may go on without it. */
  readonly onUnknownSecret: (id: string) => void;
  /** A folder could not be sent; the engine only gets the text of it. */
  readonly onFailure: (error: unknown) => void;
}

export interface Session {
  readonly id: string;
  /** Fails with `engine-lost` if the connection ends before it is closed here. */
  readonly lost: Promise<never>;
  close(): void;
}

/**
 * Opens BuildKit's session: a connection on which we are the server. `sharedKey` names the context across builds, so
 * that the engine asks only for the files that changed. moby/buildkit session/session.go
 *
 * @param idleMs how long the engine may leave pings of the connection without an answer
 */
export async function openSession(
  docker: Docker,
  id: string,
  sharedKey: string,
  services: SessionServices,
  idleMs: number,
): Promise<Session> {
  const handlers = sessionHandlers(services);
  const socket = await upgrade(docker, "/session", {
    "X-Docker-Expose-Session-Uuid": id,
    "X-Docker-Expose-Session-Name": "msb-deps",
    "X-Docker-Expose-Session-Sharedkey": sharedKey,
    "X-Docker-Expose-Session-Grpc-Method": [...handlers.keys()],
  });
  let onLost: (loss: Loss) => void = () => {};
  const lost = new Promise<never>((_resolve, reject) => {
    onLost = (loss) => reject(new EngineLost("serving the build context", loss));
  });
  lost.catch(() => {});
  return { id, lost, close: serveGrpc(socket, handlers, { idleMs, onLost }) };
}

function sessionHandlers(services: SessionServices): ReadonlyMap<string, GrpcHandler> {
  return new Map<string, GrpcHandler>([
    // Engines drop a session that does not say it is well, some after one second. 1 is SERVING.
    ["/grpc.health.v1.Health/Check", unary(async () => HealthCheckResponse.encode({ status: 1 }))],
    [
      "/moby.filesync.v1.Auth/Credentials",
      unary(async (request) => {
        const { host } = CredentialsRequest.decode(request);
        return CredentialsResponse.encode(await services.credentials(host));
      }),
    ],
    ["/moby.filesync.v1.FileSync/DiffCopy", fileSync(services.sources, services.onFailure)],
    ["/moby.buildkit.secrets.v1.Secrets/GetSecret", unary((request) => getSecret(request, services))],
    ...(services.sshSockets.size === 0 ? [] : sshHandlers(services.sshSockets)),
  ]);
}

async function getSecret(request: Uint8Array, services: SessionServices): Promise<Uint8Array> {
  const { id } = GetSecretRequest.decode(request);
  let data: Uint8Array | null = null;
  try {
    data = await services.secrets.get(id);
  } catch (error) {
    services.onFailure(error);
    throw error;
  }
  if (data !== null) return GetSecretResponse.encode({ data });
  // Newer engines look for these by themselves, for sources fetched over HTTP.
  if (!id.startsWith("HTTP_AUTH_")) services.onUnknownSecret(id);
  throw new GrpcError(GrpcCode.notFound, `secret ${id} not found`);
}

/** Offered only with an agent: without one, the engine then says of a step that needs it what is missing. */
function sshHandlers(sockets: ReadonlyMap<string, string>): [string, GrpcHandler][] {
  const check = async (request: Uint8Array): Promise<Uint8Array> => {
    const id = CheckAgentRequest.decode(request).id || "default";
    if (!sockets.has(id)) throw new GrpcError(GrpcCode.notFound, `unset ssh forward key ${id}`);
    return new Uint8Array();
  };
  return [
    ["/moby.sshforward.v1.SSH/CheckAgent", unary(check)],
    ["/moby.sshforward.v1.SSH/ForwardAgent", forwardAgent(sockets)],
  ];
}
