// An engine that fails: a proxy before a real one, which does one thing wrong at one request.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { createServer, request as httpRequest } from "node:http";
import { connect, createServer as createSocketServer } from "node:net";
import { bridge } from "./bridge.mjs";
import { Gate } from "./gate.mjs";

/**
 * cut: the connection ends as the request arrives. cut-reply: the engine does what is asked, and its answer is lost.
 * cut-body: the answer ends in its middle. gone: from that request on there is no engine. stall: that one connection
 * says nothing more. freeze: the engine says nothing more to anybody. slow: what is answered comes late. corrupt: the
 * content of the answer is random. garbage: the answer is no HTTP.
 * @typedef {"none" | "cut" | "cut-reply" | "cut-body" | "gone" | "stall" | "freeze" | "slow" | "corrupt" | "garbage"} Kind
 */

/**
 * @typedef {object} Fault
 * @property {Kind} kind
 * @property {RegExp} call on the name of a call: `POST /containers/create`, `/moby.buildkit.v1.Control/Solve`, and
 *   `input` or `output` behind that of an attached container for its first bytes
 * @property {number} [nth] the call of that name that is meant, from 1
 * @property {RegExp} [once] it is not the call that fails but the answer to it, from the piece on that matches
 */

const SLOW_MS = 400;

/**
 * Starts the proxy.
 *
 * @param {{ engine: string, listen: string, fault: Fault, podman?: boolean }} options paths of sockets; `podman`: the
 *   engine says that it is one, and its way of building is the classic one
 */
export async function faultProxy({ engine, listen, fault, podman = false }) {
  /** @type {Set<Gate>} */
  const gates = new Set();
  /** @type {string[]} */
  const calls = [];
  /** Every connection, also one that no gate is made for. @type {Set<import("node:stream").Duplex>} */
  const open = new Set();
  const track = (/** @type {import("node:stream").Duplex} */ socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
  };
  let seen = 0;
  let struck = false;
  let frozen = false;

  /** By the port of our end. @type {Map<number | undefined, Gate>} */
  const byPort = new Map();
  const sockets = createSocketServer({ allowHalfOpen: true }, (client) => {
    track(client);
    client.pause().on("error", () => {});
    if (frozen) return;
    // What is behind a gate is a real socket again, as Node's HTTP/2 is at its best with these.
    const ours = connect({ port: portOf(http), host: "127.0.0.1", allowHalfOpen: true }, () => {
      const gate = new Gate(client, ours);
      gates.add(gate);
      byPort.set(ours.localPort, gate);
      client.on("close", () => gates.delete(gate));
      client.resume();
    });
    track(ours);
    ours.on("error", () => client.destroy());
  });
  const gateOf = (/** @type {import("node:stream").Duplex} */ stream) => {
    const gate = byPort.get(/** @type {import("node:net").Socket} */ (stream).remotePort);
    if (gate === undefined) throw new Error("a connection of nobody");
    return gate;
  };
  const close = () => {
    for (const gate of gates) gate.cut();
    for (const socket of open) socket.destroy();
    sockets.close();
    http.close();
    rmSync(listen, { force: true });
  };

  /** Whether this is the call that fails. @param {string} name */
  const isMeant = (name) => {
    calls.push(name);
    if (!fault.call.test(name)) return false;
    seen += 1;
    return seen === (fault.nth ?? 1);
  };

  /** What happens as the request arrives; whether it goes on. @param {Gate} gate @param {boolean} meant */
  const asked = (gate, meant) => {
    if (!meant) return true;
    struck = true;
    if (fault.kind === "slow") gate.slow(SLOW_MS);
    if (fault.kind === "stall") gate.freeze();
    if (fault.kind === "cut") gate.cut();
    if (fault.kind === "gone") close();
    if (fault.kind === "garbage") gate.garbage();
    if (fault.kind === "freeze") {
      frozen = true;
      for (const each of gates) each.freeze();
    }
    return ["none", "slow", "cut-reply", "cut-body", "corrupt"].includes(fault.kind);
  };

  /** What happens as the answer arrives; whether it goes on. @param {Gate} gate @param {boolean} meant */
  const answered = (gate, meant) => {
    if (!meant || fault.kind !== "cut-reply") return true;
    gate.cut();
    return false;
  };

  /** What becomes of the bytes of an answer. @param {Gate} gate @param {boolean} meant @param {number} kept bytes at the begin of each piece */
  const changed = (gate, meant, kept) => {
    if (!meant) return null;
    if (fault.kind === "corrupt")
      return (/** @type {Buffer} */ chunk) =>
        Buffer.concat([chunk.subarray(0, kept), randomBytes(Math.max(0, chunk.length - kept))]);
    if (fault.kind !== "cut-body") return null;
    let over = false;
    return (/** @type {Buffer} */ chunk) => {
      if (over) return Buffer.alloc(0);
      over = true;
      setTimeout(() => gate.cut(), 20);
      return chunk.subarray(0, Math.ceil(chunk.length / 2));
    };
  };

  const http = createServer({ requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 0, maxHeaderSize: 1024 * 1024 });
  http.on("request", (req, res) => {
    const gate = gateOf(req.socket);
    const meant = isMeant(nameOf(req));
    if (!asked(gate, meant)) return;
    const up = httpRequest({ ...forwarded(req, engine, podman), agent: false }, (answer) => {
      if (!answered(gate, meant)) return;
      const change = changed(gate, meant, 0);
      const headers = podman && req.url?.includes("_ping") ? { "Libpod-Api-Version": "4.9.0" } : {};
      const untagged = podman && /\/untag\?/.test(req.url ?? "") && answer.statusCode === 200;
      res.writeHead(untagged ? 201 : (answer.statusCode ?? 500), { ...plain(answer.headers), ...headers });
      res.flushHeaders();
      answer.on("data", (chunk) => res.write(change === null ? chunk : change(chunk)));
      answer.on("end", () => (meant && fault.kind === "cut-body" ? setTimeout(() => gate.cut(), 40) : res.end()));
      answer.on("error", () => gate.cut());
    });
    up.on("error", () => gate.cut());
    up.on("socket", track);
    res.on("close", () => up.destroy());
    req.pipe(up);
  });
  http.on("upgrade", async (req, stream, head) => {
    const gate = gateOf(stream);
    const name = nameOf(req);
    const meant = isMeant(name);
    if (!asked(gate, meant)) return;
    const rest = req.headers["transfer-encoding"] === "chunked" ? await afterBody(stream, head) : head;
    const up = httpRequest({ ...forwarded(req, engine, podman), agent: false });
    up.on("error", () => gate.cut());
    up.on("socket", track);
    up.on("response", (answer) => {
      stream.write(headText(answer));
      answer.pipe(stream);
    });
    up.on("upgrade", (answer, socket, first) => {
      socket.on("error", () => gate.cut());
      stream.on("error", () => {});
      stream.on("close", () => socket.destroy());
      if (!answered(gate, meant)) return;
      stream.write(headText(answer));
      if (meant && fault.kind === "corrupt") gate.garbage();
      if (first.length > 0) socket.unshift(first);
      if (rest.length > 0) stream.unshift(rest);
      if (/\/(grpc|session)$/.test(name)) multiplex(name, gate, stream, socket);
      else join(name, gate, stream, socket);
    });
    up.end();
  });

  /** @typedef {import("node:stream").Duplex} Duplex */

  /** @param {Gate} gate @param {RegExp} piece */
  const later = (gate, piece) => {
    let passes = true;
    const answer = (/** @type {Buffer} */ chunk) => {
      if (passes && !struck && piece.test(chunk.toString("latin1"))) passes = asked(gate, true);
      return passes ? chunk : Buffer.alloc(0);
    };
    return { asked: () => true, answered: () => true, request: null, answer };
  };

  /** @param {string} name @param {Gate} gate @param {Duplex} stream @param {Duplex} socket */
  const multiplex = (name, gate, stream, socket) => {
    // In a session the engine is the one that calls, and what it says is what can be garbled.
    const calls = name.endsWith("/session");
    const tapFor = (/** @type {string} */ path) => {
      const meant = isMeant(path);
      if (meant && fault.once !== undefined) return later(gate, fault.once);
      const change = changed(gate, meant, 5);
      const garbled = calls && fault.kind === "corrupt";
      return {
        asked: () => asked(gate, meant),
        answered: () => answered(gate, meant),
        request: garbled ? change : null,
        answer: garbled ? null : change,
      };
    };
    if (calls) bridge(socket, stream, tapFor);
    else bridge(stream, socket, tapFor);
  };

  /** @param {string} name @param {Gate} gate @param {Duplex} stream @param {Duplex} socket */
  const join = (name, gate, stream, socket) => {
    /** @type {boolean | null} */
    let lets = null;
    stream.on("data", (chunk) => {
      lets ??= asked(gate, isMeant(`${name} input`));
      if (lets) socket.write(chunk);
    });
    stream.on("end", () => socket.end());
    /** @type {((chunk: Buffer) => Buffer) | null | undefined} */
    let change;
    socket.on("data", (chunk) => {
      if (change === undefined) {
        const meant = isMeant(`${name} output`);
        if (!asked(gate, meant) || !answered(gate, meant)) return;
        change = changed(gate, meant, 8);
      }
      stream.write(change === null ? chunk : change(chunk));
    });
    socket.on("end", () => stream.end());
  };

  await new Promise((done) => http.listen(0, "127.0.0.1", () => done(undefined)));
  await new Promise((done) => sockets.listen(listen, () => done(undefined)));
  return { close, calls, wasStruck: () => struck };
}

/** @param {import("node:http").Server} server */
function portOf(server) {
  const address = server.address();
  return address !== null && typeof address === "object" ? address.port : 0;
}

/** @param {import("node:http").IncomingMessage} req */
function nameOf(req) {
  return `${req.method} ${(req.url ?? "").replace(/\?.*/s, "")}`;
}

/**
 * The request as the engine gets it. Docker has no `untag`: to remove the name does the same for it.
 *
 * @param {import("node:http").IncomingMessage} req
 * @param {string} engine
 * @param {boolean} podman
 */
function forwarded(req, engine, podman) {
  const options = { socketPath: engine, method: req.method ?? "GET", path: req.url ?? "/", headers: req.rawHeaders };
  const untag = podman ? /\/libpod\/images\/([^/]+)\/untag/.exec(options.path)?.[1] : undefined;
  return untag === undefined ? options : { ...options, method: "DELETE", path: `/images/${untag}?noprune=1` };
}

/**
 * What comes behind an empty body in chunks, which Node leaves in the stream of an upgraded connection.
 *
 * @param {import("node:stream").Duplex} stream
 * @param {Buffer} head
 */
async function afterBody(stream, head) {
  const end = "0\r\n\r\n";
  let got = head;
  while (got.length < end.length && !stream.destroyed) {
    const more = stream.read();
    if (more === null) await Promise.race([once(stream, "readable"), once(stream, "close")]);
    else got = Buffer.concat([got, more]);
  }
  return got.toString("latin1", 0, end.length) === end ? got.subarray(end.length) : got;
}

/** @param {import("node:http").IncomingHttpHeaders} headers */
function plain(headers) {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !/^(transfer-encoding|connection)$/.test(name)));
}

/** @param {import("node:http").IncomingMessage} answer */
function headText({ statusCode, statusMessage, rawHeaders }) {
  const lines = [];
  for (let at = 0; at < rawHeaders.length; at += 2) lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
  return `HTTP/1.1 ${statusCode} ${statusMessage}\r\n${lines.join("\r\n")}\r\n\r\n`;
}
