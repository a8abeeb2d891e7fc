import { type ClientHttp2Session, connect, constants, type IncomingHttpHeaders } from "node:http2";
import type { Duplex } from "node:stream";
import { CLOSED, EngineLost, type Loss, lossOf, malformed, phaseOf, silentFor } from "../lost.ts";
import { frame, messages } from "./frames.ts";
import { destroySoon, keepAlive } from "./keep-alive.ts";
import { decodeMessage, GrpcCode, GrpcError } from "./status.ts";

/** gRPC calls over a connection that was dialled elsewhere (here: an upgraded connection to the engine). */
export interface GrpcClient {
  /** One message there, many back. Fails with GrpcError unless the server says OK, with EngineLost if it says nothing. */
  stream(method: string, request: Uint8Array): AsyncGenerator<Buffer>;
  /** The signal cancels this call alone; it then fails. */
  unary(method: string, request: Uint8Array, signal?: AbortSignal): Promise<Buffer>;
  /** Drops the connection; calls that are still open fail, and the engine stops what it does for them. */
  close(): void;
}

/** @param idleMs how long the engine may leave pings of the connection without an answer */
export function grpcClient(socket: Duplex, idleMs: number): GrpcClient {
  const session = connect("http://engine", { createConnection: () => socket });
  const connection: Connection = { session, loss: null };
  session.on("error", (error) => {
    connection.loss ??= lossOf(error);
  });
  keepAlive(session, idleMs, () => {
    connection.loss ??= silentFor(idleMs);
    session.destroy();
    socket.destroy();
  });
  return {
    stream: (method, request) => callStream(connection, method, request),
    async unary(method, request, signal) {
      let answer: Buffer | null = null;
      for await (const message of callStream(connection, method, request, signal)) answer ??= message;
      if (answer === null) throw new EngineLost(phaseOf("POST", method), malformed("whole"));
      return answer;
    },
    close() {
      destroySoon(session);
      process.nextTick(() => socket.destroy());
    },
  };
}

interface Connection {
  readonly session: ClientHttp2Session;
  /** Why it ended, if that is known. */
  loss: Loss | null;
}

async function* callStream(
  connection: Connection,
  method: string,
  request: Uint8Array,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  const { session } = connection;
  const lost = (cause?: unknown) =>
    new EngineLost(phaseOf("POST", method), connection.loss ?? (cause === undefined ? CLOSED : lossOf(cause)), cause);
  if (session.destroyed || session.closed || signal?.aborted === true) throw lost();
  const call = session.request({
    ":method": "POST",
    ":path": method,
    "content-type": "application/grpc",
    te: "trailers",
  });
  // The loop below meets the same error; a call that is dropped while nobody reads must not end the process.
  call.on("error", () => {});
  let end: IncomingHttpHeaders = {};
  const keep = (headers: IncomingHttpHeaders) => {
    // A call that fails at once has its status in the headers, without trailers.
    if (headers["grpc-status"] !== undefined) end = headers;
  };
  call.on("response", keep);
  call.on("trailers", keep);
  const cancel = () => call.close(constants.NGHTTP2_CANCEL);
  signal?.addEventListener("abort", cancel, { once: true });
  call.end(frame(request));
  try {
    yield* messages(call);
  } catch (error) {
    if (end["grpc-status"] === undefined) throw lost(error);
  } finally {
    signal?.removeEventListener("abort", cancel);
    call.close();
  }
  if (end["grpc-status"] === undefined) throw lost();
  throwUnlessOk(end);
}

function throwUnlessOk(end: IncomingHttpHeaders): void {
  const status = end["grpc-status"];
  if (Number(status) === GrpcCode.ok) return;
  const details = end["grpc-status-details-bin"];
  throw new GrpcError(
    Number(status),
    decodeMessage(String(end["grpc-message"] ?? "")),
    typeof details === "string" ? Buffer.from(details, "base64") : null,
  );
}
