import { once } from "node:events";
import { Duplex } from "node:stream";
import { MsbDepsError } from "../../../src/base/errors.ts";
import { Demultiplexer } from "../../../src/engine/container/demux.ts";
import { grpcClient } from "../../../src/engine/grpc/client.ts";
import { frame, messages } from "../../../src/engine/grpc/frames.ts";
import { serveGrpc, unary } from "../../../src/engine/grpc/server.ts";
import { GrpcError } from "../../../src/engine/grpc/status.ts";
import * as wire from "../../../src/engine/wire/messages.ts";
import { expectSame, refusing, refusingLater, type Target } from "../target.ts";

const MESSAGES = [
  wire.SolveRequest,
  wire.StatusResponse,
  wire.Packet,
  wire.ListWorkersResponse,
  wire.RpcStatus,
  wire.CredentialsRequest,
];

const isWire = (error: Error): boolean => error instanceof RangeError && /^(?:protobuf|gRPC): /.test(error.message);

const status = wire.StatusResponse.encode({
  vertexes: [
    {
      digest: "sha256:a",
      name: "[1/2] RUN make",
      cached: true,
      started: { seconds: 1, nanos: 2 },
      completed: null,
      error: "",
    },
  ],
  statuses: [{ id: "x", vertex: "sha256:a", name: "sending", current: 5, total: 9 }],
  logs: [{ vertex: "sha256:a", stream: 1, msg: Buffer.from("text\n") }],
  warnings: [
    {
      vertex: "sha256:a",
      short: Buffer.from("w"),
      detail: [Buffer.from("d")],
      ranges: [{ start: { line: 1, character: 0 }, end: null }],
    },
  ],
});
const packet = wire.Packet.encode({
  type: 0,
  id: 7,
  stat: { path: "a/b", mode: 0o644, uid: 0, gid: 0, size: 3, modTime: 1n, linkname: "" },
});
const solve = wire.SolveRequest.encode({
  ref: "r",
  frontend: "dockerfile.v0",
  frontendAttrs: { filename: "Dockerfile", target: "x" },
  entitlements: ["a"],
});

export const protobuf: Target = {
  seeds: () => [
    status,
    packet,
    solve,
    wire.RpcStatus.encode({ code: 2, message: "m", details: [{ typeUrl: "t", value: Buffer.from("v") }] }),
  ],
  words: [
    "\x0a\x00",
    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
    "\x08\x80\x80\x80\x80\x10",
    "__proto__",
    "\x0a\x80\x80\x80\x80\x08",
  ],
  run(input) {
    for (const message of MESSAGES as readonly { decode(bytes: Uint8Array): unknown; encode(value: never): Buffer }[]) {
      const value = refusing(() => message.decode(input), isWire);
      if (value !== null) expectSame("written and read again", message.decode(message.encode(value as never)), value);
    }
  },
};

async function* pieces(input: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < input.length; at += size) yield input.subarray(at, at + size);
}

async function framesOf(input: Buffer, size: number): Promise<string[]> {
  const found: string[] = [];
  await refusingLater(async () => {
    for await (const message of messages(pieces(input, size))) found.push(message.toString("hex"));
  }, isWire);
  return found;
}

function demultiplexed(input: Buffer, size: number): string[] {
  const out = ["", "", ""];
  const reader = new Demultiplexer((stream, bytes) => {
    out[stream] += bytes.toString("hex");
  });
  refusing(
    () => {
      for (let at = 0; at < input.length; at += size) reader.push(input.subarray(at, at + size));
    },
    (error) => error instanceof RangeError && error.message.startsWith("a frame of stream"),
  );
  return out;
}

export const frames: Target = {
  seeds: () => [
    Buffer.concat([status, packet, Buffer.alloc(0)].map(frame)),
    Buffer.concat(
      ["out", "error"].map((text, at) =>
        Buffer.concat([Buffer.of(at + 1, 0, 0, 0, 0, 0, 0, text.length), Buffer.from(text)]),
      ),
    ),
  ],
  words: ["\0\0\0\0\0", "\0\0\0\0\x05", "\x01\0\0\0\0\0\0\x01", "\0\xff\xff\xff\xff"],
  async run(input) {
    expectSame("frames in pieces", await framesOf(input, 3), await framesOf(input, Math.max(1, input.length)));
    expectSame("output in pieces", demultiplexed(input, 3), demultiplexed(input, Math.max(1, input.length)));
  },
};

/** A connection whose other end has only these bytes to say. */
function speaking(input: Buffer): Duplex {
  let said = false;
  return new Duplex({
    read() {
      if (said) return;
      said = true;
      this.push(input);
      setImmediate(() => this.destroyed || this.push(null));
    },
    write(_chunk, _encoding, done) {
      done();
    },
  });
}

const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");
const SETTINGS = Buffer.from("000000040000000000", "hex");

/** A frame of HTTP/2: RFC 9113, 4.1. */
function http2Frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** `:status: 200`, then `grpc-status: 0` and the like as literals without an index: RFC 7541, 6.2.2. */
const literal = (name: string, value: string): Buffer =>
  Buffer.concat([Buffer.of(0, name.length), Buffer.from(name), Buffer.of(value.length), Buffer.from(value)]);
const ANSWER = [
  SETTINGS,
  http2Frame(4, 1, 0, Buffer.alloc(0)),
  http2Frame(1, 4, 1, Buffer.concat([Buffer.of(0x88), literal("content-type", "application/grpc")])),
  http2Frame(0, 0, 1, frame(status)),
  http2Frame(1, 5, 1, Buffer.concat([literal("grpc-status", "0"), literal("grpc-message", "a%20b")])),
];
const CALL = [
  PREFACE,
  SETTINGS,
  http2Frame(
    1,
    4,
    1,
    Buffer.concat([Buffer.of(0x83, 0x86), literal(":path", "/a/B"), literal(":authority", "x"), literal("k", "v")]),
  ),
  http2Frame(0, 1, 1, frame(packet)),
  http2Frame(6, 0, 0, Buffer.alloc(8)),
];

/** Of the event loop, in which all is answered that will be. */
const TURNS = 4;

export const http2: Target = {
  seeds: () => [
    Buffer.concat(ANSWER),
    Buffer.concat(CALL),
    Buffer.concat([
      ...ANSWER.slice(0, 3),
      http2Frame(3, 0, 1, Buffer.of(0, 0, 0, 8)),
      http2Frame(7, 0, 0, Buffer.alloc(8)),
    ]),
  ],
  words: [
    SETTINGS.toString("latin1"),
    "\0\0\x08\x06\0\0\0\0\0",
    "\0\0\x04\x08\0\0\0\0\x01\0\0\0\x01",
    "\0\0\x04\x03\0\0\0\0\x01\0\0\0\0",
    "\x88",
    "grpc-status",
    "\0\0\0\x09\x04\0\0\0\x01",
  ],
  async run(input) {
    const client = grpcClient(speaking(input), 1000);
    const call = (): Promise<unknown> => client.unary("/moby.buildkit.v1.Control/Solve", new Uint8Array());
    await refusingLater(call, (error) => error instanceof MsbDepsError || error instanceof GrpcError || isWire(error));
    client.close();
    const handlers = new Map([["/a/B", unary(async (request) => request)]]);
    const socket = speaking(input);
    const stop = serveGrpc(socket, handlers, { idleMs: 1000, onLost: () => {} });
    for (let turn = 0; turn < TURNS; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    stop();
    if (!socket.closed) await once(socket, "close");
  },
};
