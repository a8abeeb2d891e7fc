import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import type Docker from "dockerode";
import { expect, it, onTestFinished } from "vitest";
import { MsbDepsError } from "../../src/base/errors.ts";
import { EngineLost } from "../../src/engine/lost.ts";
import { dockerClient } from "../../src/engine/transport.ts";
import { folderOf } from "../e2e/support.ts";

const IDLE_MS = 300;

/** A client of an engine that answers like this. */
async function engine(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ readonly docker: Docker; readonly stop: (reason: unknown) => void; readonly losses: string[] }> {
  const server = createServer(answer);
  const path = join(await folderOf({}), "engine.sock");
  server.listen(path);
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const stopping = new AbortController();
  const losses: string[] = [];
  const endpoint = { url: `unix://${path}`, source: "test", address: { kind: "unix", path } } as const;
  const link = {
    idleMs: () => IDLE_MS,
    signal: stopping.signal,
    onLost: ({ why }: { why: string }) => losses.push(why),
  };
  return { docker: dockerClient(endpoint, { env: {} }, link), stop: (reason) => stopping.abort(reason), losses };
}

async function failure(promise: Promise<unknown>): Promise<MsbDepsError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof MsbDepsError)) throw new Error("no failure of ours", { cause: error });
  return error;
}

const inspect = (docker: Docker): Promise<unknown> => docker.getImage("a").inspect();
const json = { "content-type": "application/json" };

it.each<[string, (request: IncomingMessage, response: ServerResponse) => void, string]>([
  ["cut before its answer", (request) => request.socket.destroy(), "the connection was closed"],
  [
    "cut in its answer",
    (request, response) => {
      response.writeHead(200, { ...json, "content-length": 100 }).write("{");
      setTimeout(() => request.socket.destroy(), 20);
    },
    "the connection was closed",
  ],
  ["not answered", () => {}, "no answer for 0.3 s"],
  [
    "not answered to its end",
    (_request, response) => void response.writeHead(200, json).write("{"),
    "no answer for 0.3 s",
  ],
  [
    "answered with what is no JSON",
    (_request, response) => response.writeHead(200, json).end("\0\xff"),
    "the answer is not valid JSON",
  ],
  ["answered with other JSON", (request) => request.socket.end("garbage\r\n\r\n"), "the answer is not valid HTTP"],
])("a request that is %s", async (_what, answer, why) => {
  const { docker, losses } = await engine(answer);
  const error = await failure(inspect(docker));
  expect(error).toBeInstanceOf(EngineLost);
  expect([error.code, error.exitCode]).toEqual(["engine-lost", 2]);
  expect(error.message).toBe(`the container engine was lost while inspecting an image: ${why}.`);
  expect(losses).toEqual([why]);
});

it("an engine that is gone", async () => {
  const path = "/nonexistent/engine.sock";
  const endpoint = { url: `unix://${path}`, source: "test", address: { kind: "unix", path } } as const;
  const docker = dockerClient(endpoint, { env: {} }, { idleMs: () => 1000, signal: null, onLost: () => {} });
  expect((await failure(inspect(docker))).message).toContain(
    "lost while inspecting an image: the socket no longer exists.",
  );
});

it("a refusal is an answer of the engine, and no loss", async () => {
  const { docker, losses } = await engine((_request, response) =>
    response.writeHead(404, json).end('{"message":"gone"}'),
  );
  await expect(inspect(docker)).rejects.toMatchObject({ statusCode: 404 });
  expect(losses).toEqual([]);
});

it("an answer that is read piece by piece: cut, or silent while somebody waits for it", async () => {
  let cut = true;
  const { docker } = await engine((request, response) => {
    response.writeHead(200, { "content-type": "application/x-tar" }).write("abc");
    if (cut) setTimeout(() => request.socket.destroy(), 20);
  });
  const read = async () => failure(buffer(await docker.getContainer("a").getArchive({ path: "/" })));
  expect((await read()).message).toBe(
    "the container engine was lost while reading files of an image: the connection was closed.",
  );
  cut = false;
  expect((await read()).message).toBe(
    "the container engine was lost while reading files of an image: no answer for 0.3 s.",
  );
});

it("a reader that takes its time is no fault of the engine", async () => {
  const { docker } = await engine((_request, response) => response.writeHead(200).end(Buffer.alloc(3_000_000)));
  const stream = await docker.getContainer("a").getArchive({ path: "/" });
  let size = 0;
  for await (const chunk of stream) {
    if (size === 0) await delay(2 * IDLE_MS);
    size += (chunk as Buffer).length;
  }
  expect(size).toBe(3_000_000);
});

it("a run that is stopped ends its requests at once, for its reason", async () => {
  const { docker, stop, losses } = await engine(() => {});
  const asked = failure(inspect(docker));
  await delay(20);
  const start = Date.now();
  stop(new MsbDepsError("interrupted", "interrupted by SIGINT."));
  expect((await asked).code).toBe("interrupted");
  expect(Date.now() - start).toBeLessThan(200);
  expect((await failure(inspect(docker))).code).toBe("interrupted");
  expect(losses).toEqual([]);
});

it("each request has a connection of its own", async () => {
  const sockets = new Set();
  const { docker } = await engine((request, response) => {
    sockets.add(request.socket);
    response.writeHead(200, json).end("{}");
  });
  await inspect(docker);
  await inspect(docker);
  expect(sockets.size).toBe(2);
});
