import { once } from "node:events";
import { type IncomingHttpHeaders, performServerHandshake, type ServerHttp2Stream } from "node:http2";
import type { Duplex } from "node:stream";
import { CLOSED, type Loss, lossOf, silentFor } from "../lost.ts";
import { frame, messages } from "./frames.ts";
import { destroySoon, keepAlive } from "./keep-alive.ts";
import { encodeMessage, GrpcCode, GrpcError } from "./status.ts";

/** One call that the engine makes to us. */
export interface GrpcCall {
  /** All values of a metadata key, each as it was sent (Node's own headers join them, which loses their borders). */
  metadata(key: string): readonly string[];
  readonly messages: AsyncIterable<Buffer>;
  /** Resolves once the connection can take more. */
  send(message: Uint8Array): Promise<void>;
}

/** Answers a call; the call ends with OK when it returns, and with the error's code when it throws. */
export type GrpcHandler = (call: GrpcCall) => Promise<void>;

/** A handler of one message there and one back. */
export function unary(answer: (request: Buffer) => Promise<Uint8Array>): GrpcHandler {
  return async (call) => {
    for await (const request of call.messages) {
      await call.send(await answer(request));
      return;
    }
  };
}

/** Each line of a .dockerignore comes as a header of its own. Node's own limits are 128 headers and 64 KiB. */
const HEADER_LIMITS = {
  maxHeaderListPairs: 100_000,
  settings: { maxHeaderListSize: 16 * 1024 * 1024 },
};

/** Whom a served connection tells of its end, and after how many milliseconds of silence it ends by itself. */
export interface Serving {
  readonly idleMs: number;
  /** Called once, when the connection ends before it was stopped. */
  readonly onLost: (loss: Loss) => void;
}

/** Serves gRPC on a connection that was dialled elsewhere; returns how to stop. */
export function serveGrpc(
  socket: Duplex,
  handlers: ReadonlyMap<string, GrpcHandler>,
  { idleMs, onLost }: Serving,
): () => void {
  const session = performServerHandshake(socket, HEADER_LIMITS);
  let loss: Loss | null = null;
  let stopped = false;
  session.on("error", (error) => {
    loss ??= lossOf(error);
  });
  socket.on("error", () => {});
  session.once("close", () => stopped || onLost(loss ?? CLOSED));
  keepAlive(session, idleMs, () => {
    loss ??= silentFor(idleMs);
    session.destroy();
    socket.destroy();
  });
  const onStream = (
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    _flags: number,
    rawHeaders: readonly string[],
  ) => {
    stream.on("error", () => {});
    void answer(stream, rawHeaders, handlers.get(String(headers[":path"])));
  };
  session.on("stream", onStream);
  return () => {
    stopped = true;
    destroySoon(session);
    process.nextTick(() => socket.destroy());
  };
}

async function answer(
  stream: ServerHttp2Stream,
  rawHeaders: readonly string[],
  handler: GrpcHandler | undefined,
): Promise<void> {
  let trailers: Record<string, string> = { "grpc-status": "0" };
  // A call can be reset with the very bytes that begin it.
  if (stream.destroyed || stream.closed) return;
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers(trailers));
  try {
    if (handler === undefined) throw new GrpcError(GrpcCode.unimplemented, "not offered by msb-deps");
    await handler({
      metadata: (key) => rawHeaders.filter((_value, at) => at % 2 === 1 && rawHeaders[at - 1] === key),
      // A handler that has read enough leaves the loop; that must not destroy the stream it answers on.
      messages: received(stream),
      send: (message) => send(stream, message),
    });
  } catch (error) {
    const code = error instanceof GrpcError ? error.code : GrpcCode.unknown;
    const text = error instanceof Error ? error.message : String(error);
    trailers = { "grpc-status": String(code), "grpc-message": encodeMessage(text) };
  }
  if (stream.destroyed) return;
  stream.end();
  // What was not read would hold the stream open.
  stream.resume();
}

/** What the engine sends in a call. A call that it breaks off, or garbles, is no failure of the handler. */
async function* received(stream: ServerHttp2Stream): AsyncGenerator<Buffer> {
  try {
    yield* messages(stream.iterator({ destroyOnReturn: false }));
  } catch (error) {
    throw new GrpcError(GrpcCode.cancelled, "the engine canceled the call", null, error);
  }
}

async function send(stream: ServerHttp2Stream, message: Uint8Array): Promise<void> {
  if (stream.destroyed) throw new GrpcError(GrpcCode.cancelled, "the engine ended the call");
  if (stream.write(frame(message))) return;
  // A stream that closes never drains.
  const closed = new AbortController();
  const onClose = () => closed.abort();
  stream.once("close", onClose);
  try {
    await once(stream, "drain", { signal: closed.signal });
  } catch (error) {
    throw new GrpcError(GrpcCode.cancelled, "the engine ended the call", null, error);
  } finally {
    stream.off("close", onClose);
  }
}
