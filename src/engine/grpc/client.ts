import { type ClientHttp2Session, connect, constants, type IncomingHttpHeaders } from "node:http2";
import type { Duplex } from "node:stream";
import { frame, messages } from "./frames.ts";
import { decodeMessage, GrpcCode, GrpcError } from "./status.ts";

/** gRPC calls over a connection that was dialled elsewhere (here: an upgraded connection to the engine). */
export interface GrpcClient {
  /** One message there, many back. Ends with GrpcError unless the server says OK. */
  stream(method: string, request: Uint8Array): AsyncGenerator<Buffer>;
  /** The signal cancels this call alone; it then fails. */
  unary(method: string, request: Uint8Array, signal?: AbortSignal): Promise<Buffer>;
  /** Drops the connection; calls that are still open fail, and the engine stops what it does for them. */
  close(): void;
}

export function grpcClient(socket: Duplex): GrpcClient {
  const session = connect("http://engine", { createConnection: () => socket });
  // Without a listener a dropped connection would end the process; the calls report it themselves.
  session.on("error", () => {});
  return {
    stream: (method, request) => callStream(session, method, request),
    async unary(method, request, signal) {
      let answer: Buffer | null = null;
      for await (const message of callStream(session, method, request, signal)) answer ??= message;
      if (answer === null) throw new GrpcError(GrpcCode.unknown, `${method} ended without an answer`);
      return answer;
    },
    close() {
      session.destroy();
      socket.destroy();
    },
  };
}

async function* callStream(
  session: ClientHttp2Session,
  method: string,
  request: Uint8Array,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  if (session.destroyed || session.closed || signal?.aborted === true) throw lost(method);
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
    if (end["grpc-status"] === undefined) throw lost(method, error);
  } finally {
    signal?.removeEventListener("abort", cancel);
    call.close();
  }
  throwUnlessOk(method, end);
}

function throwUnlessOk(method: string, end: IncomingHttpHeaders): void {
  const status = end["grpc-status"];
  if (status === undefined) throw lost(method);
  if (Number(status) === GrpcCode.ok) return;
  const details = end["grpc-status-details-bin"];
  throw new GrpcError(
    Number(status),
    decodeMessage(String(end["grpc-message"] ?? "")),
    typeof details === "string" ? Buffer.from(details, "base64") : null,
  );
}

function lost(method: string, cause?: unknown): GrpcError {
  return new GrpcError(GrpcCode.unavailable, `the connection to the engine ended during ${method}`, null, cause);
}
