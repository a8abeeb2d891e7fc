// BuildKit of an engine as a socket of its own, as a remote driver of buildx wants it:
//
//   node scripts/engines/grpc-proxy.mjs ENGINE_SOCKET LISTEN_SOCKET
//   docker buildx create --name far --driver remote unix://LISTEN_SOCKET
//
// Each connection becomes a POST /grpc of the engine, upgraded to h2c. Ends when its standard input does.
import { rmSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:net";

const [engine, listen] = process.argv.slice(2);
if (!engine || !listen) throw new Error("usage: grpc-proxy.mjs ENGINE_SOCKET LISTEN_SOCKET");

const server = createServer((client) => {
  client.on("error", () => client.destroy());
  const headers = { Connection: "Upgrade", Upgrade: "h2c" };
  const asking = request({ socketPath: engine, method: "POST", path: "/grpc", headers });
  asking.on("error", () => client.destroy());
  asking.on("response", () => client.destroy());
  asking.on("upgrade", (_response, socket, head) => {
    socket.on("error", () => client.destroy());
    client.on("close", () => socket.destroy());
    socket.on("close", () => client.destroy());
    client.write(head);
    client.pipe(socket).pipe(client);
  });
  asking.end();
});
rmSync(listen, { force: true });
server.listen(listen, () => console.log(`unix://${listen}`));
process.stdin.resume().on("end", () => process.exit(0));
