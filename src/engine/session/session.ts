import type Docker from "dockerode";
import { type GrpcHandler, serveGrpc, unary } from "../grpc/server.ts";
import { GrpcCode, GrpcError } from "../grpc/status.ts";
import { upgrade } from "../transport.ts";
import { CredentialsRequest, CredentialsResponse, GetSecretRequest, HealthCheckResponse } from "../wire/messages.ts";
import type { Credentials } from "./credentials.ts";
import type { FileSource } from "./file-source.ts";
import { fileSync } from "./file-sync.ts";

/** What the engine may ask of us while it builds. */
export interface SessionServices {
  /** Folders by the name under which the frontend asks for them: `dockerfile` and `context`. */
  readonly sources: Readonly<Record<string, FileSource>>;
  readonly credentials: (host: string) => Promise<Credentials>;
  /** A secret was asked for that we do not have; the build may go on without it. */
  readonly onUnknownSecret: (id: string) => void;
  /** A folder could not be sent; the engine only gets the text of it. */
  readonly onFailure: (error: unknown) => void;
}

export interface Session {
  readonly id: string;
  close(): void;
}

/**
 * Opens BuildKit's session: a connection on which we are the server. `sharedKey` names the context across builds, so
 * that the engine asks only for the files that changed. moby/buildkit session/session.go
 */
export async function openSession(
  docker: Docker,
  id: string,
  sharedKey: string,
  services: SessionServices,
): Promise<Session> {
  const handlers = sessionHandlers(services);
  const socket = await upgrade(docker, "/session", {
    "X-Docker-Expose-Session-Uuid": id,
    "X-Docker-Expose-Session-Name": "msb-deps",
    "X-Docker-Expose-Session-Sharedkey": sharedKey,
    "X-Docker-Expose-Session-Grpc-Method": [...handlers.keys()],
  });
  return { id, close: serveGrpc(socket, handlers) };
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
    [
      "/moby.buildkit.secrets.v1.Secrets/GetSecret",
      unary(async (request) => {
        const { id } = GetSecretRequest.decode(request);
        // Newer engines look for these by themselves, for sources fetched over HTTP.
        if (!id.startsWith("HTTP_AUTH_")) services.onUnknownSecret(id);
        throw new GrpcError(GrpcCode.notFound, `secret ${id} not found`);
      }),
    ],
  ]);
}
