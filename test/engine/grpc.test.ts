import { once } from "node:events";
import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Stream } from "node:http2";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { grpcClient } from "../../src/engine/grpc/client.ts";
import { serveGrpc } from "../../src/engine/grpc/server.ts";
import { folderOf } from "../e2e/support.ts";

const SOLVE = "/moby.buildkit.v1.Control/Solve";

/** An empty frame of settings. RFC 9113, 6.5 */
const SETTINGS = Buffer.from("000000040000000000", "hex");

/** A connection to a server, whose end of it is given to `accept`. */
async function connection(accept: (socket: Socket) => void): Promise<Socket> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    accept(socket);
  });
  const path = join(await folderOf({}), "socket");
  server.listen(path);
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const socket = connect(path);
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

/** HTTP/2 on a connection that was accepted elsewhere. */
function http2(onStream: (stream: ServerHttp2Stream) => void): Http2Server {
  const server = createHttp2Server().on("stream", onStream);
  server.on("sessionError", () => {});
  return server;
}

it("is closed in the tick in which it was opened, with bytes in the socket already", async () => {
  const socket = await connection((end) => end.write(SETTINGS));
  await once(socket, "readable");
  expect(socket.readableLength).toBeGreaterThan(0);
  grpcClient(socket, 1000).close();
  // Node would throw in a tick of its own (TypeError: … reading 'receive'), which ends the process.
  await once(socket, "close");
});

it("a session is stopped in the tick in which it was opened, with bytes in the socket already", async () => {
  const socket = await connection((end) => end.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
  await once(socket, "readable");
  let lost = false;
  const onLost = () => {
    lost = true;
  };
  serveGrpc(socket, new Map(), { idleMs: 1000, onLost })();
  await once(socket, "close");
  expect(lost).toBe(false);
});

it("a call that is answered late is not given up while the engine answers pings", async () => {
  const server = http2((stream) => {
    setTimeout(() => {
      stream.respond({ ":status": 200 }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.end(Buffer.of(0, 0, 0, 0, 1, 7));
    }, 900);
  });
  const client = grpcClient(await connection((end) => server.emit("connection", end)), 200);
  onTestFinished(() => client.close());
  expect(await client.unary(SOLVE, new Uint8Array())).toEqual(Buffer.of(7));
});

it("a call fails when the engine answers nothing any more", async () => {
  // Its settings, and then nothing: no answer to pings either.
  const client = grpcClient(await connection((socket) => socket.write(SETTINGS)), 200);
  await expect(client.unary(SOLVE, new Uint8Array())).rejects.toThrow(
    "the container engine was lost while building: no answer for 0.2 s.",
  );
});

it("a call fails when its connection is cut, or its answer is no HTTP/2", async () => {
  const server = http2(() => {});
  const cut = grpcClient(
    await connection((socket) => {
      server.emit("connection", socket);
      setTimeout(() => socket.destroy(), 50);
    }),
    1000,
  );
  await expect(cut.unary(SOLVE, new Uint8Array())).rejects.toThrow("lost while building: the connection was closed.");
  const garbled = grpcClient(await connection((socket) => void socket.write("HTTP/1.1 400 Bad Request\r\n\r\n")), 1000);
  await expect(garbled.unary(SOLVE, new Uint8Array())).rejects.toThrow(
    "lost while building: the answer is not valid HTTP/2.",
  );
});

it("a session that the engine leaves, or is silent on, is lost", async () => {
  const losses: string[] = [];
  const onLost = ({ why }: { why: string }) => losses.push(why);
  serveGrpc(await connection((socket) => setTimeout(() => socket.destroy(), 20)), new Map(), { idleMs: 1000, onLost });
  serveGrpc(await connection(() => {}), new Map(), { idleMs: 200, onLost });
  await delay(600);
  expect(losses).toEqual(["the connection was closed", "no answer for 0.2 s"]);
});
