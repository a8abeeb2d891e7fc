import { connect, performServerHandshake } from "node:http2";
import { Transform } from "node:stream";

/** As in `src/engine/grpc/server.ts`: each line of a .dockerignore is a header. */
const LIMITS = { maxHeaderListPairs: 100_000, settings: { maxHeaderListSize: 16 * 1024 * 1024 } };

/**
 * What is done to one call.
 * @typedef {object} Tap
 * @property {() => boolean} asked the call arrives; false keeps it from the other side
 * @property {() => boolean} answered the first bytes of the answer arrive; false keeps them
 * @property {((chunk: Buffer) => Buffer) | null} request what becomes of the request's bytes
 * @property {((chunk: Buffer) => Buffer) | null} answer what becomes of the answer's bytes
 */

/** @typedef {import("node:http2").Http2Stream} Stream */

/**
 * Joins two ends of HTTP/2 and tells of each call that goes over.
 *
 * @param {import("node:stream").Duplex} caller the end that makes calls
 * @param {import("node:stream").Duplex} callee the end that answers them
 * @param {(path: string) => Tap} tapFor
 */
export function bridge(caller, callee, tapFor) {
  const there = connect("http://engine", { createConnection: () => callee });
  const here = performServerHandshake(caller, LIMITS);
  here.on("error", () => {});
  there.on("error", () => {});
  here.on("close", () => there.destroy());
  there.on("close", () => here.destroy());
  here.on("stream", (inner, headers, _flags, raw) => {
    inner.on("error", () => {});
    const tap = tapFor(String(headers[":path"]));
    if (tap.asked() && !there.destroyed && !there.closed) forward(inner, there.request(grouped(raw)), tap);
  });
}

/**
 * @param {import("node:http2").ServerHttp2Stream} inner
 * @param {import("node:http2").ClientHttp2Stream} outer
 * @param {Tap} tap
 */
function forward(inner, outer, tap) {
  let trailers = {};
  let passes = true;
  outer.on("error", () => {});
  outer.on("response", (headers, flags) => {
    passes = tap.answered();
    if (!passes || inner.destroyed) return;
    const { ":status": status, ...rest } = headers;
    // gRPC's short answer has its status in the headers and nothing after them.
    if (flags & 1) inner.respond({ ":status": status, ...rest }, { endStream: true });
    else inner.respond({ ":status": status, ...rest }, { waitForTrailers: true });
    // Not before: data would make headers of its own.
    pass(outer, inner, tap.answer, () => passes);
  });
  outer.on("trailers", (found) => {
    trailers = found;
  });
  inner.on("wantTrailers", () => inner.sendTrailers(trailers));
  pass(inner, outer, tap.request, () => true);
  // An end that is whole goes over with the data; only one that is not has to be passed on. Not within the event: Node
  // 20 was seen to die of it.
  const passOn = (/** @type {Stream} */ from, /** @type {Stream} */ to) =>
    from.on("close", () => setImmediate(() => from.rstCode !== 0 && passes && !to.destroyed && to.close(from.rstCode)));
  passOn(inner, outer);
  passOn(outer, inner);
}

/**
 * @param {import("node:stream").Duplex} from
 * @param {import("node:stream").Duplex} to
 * @param {((chunk: Buffer) => Buffer) | null} change
 * @param {() => boolean} passes
 */
function pass(from, to, change, passes) {
  const through = new Transform({
    transform: (chunk, _encoding, done) => (passes() ? done(null, change === null ? chunk : change(chunk)) : done()),
    flush: (done) => passes() && done(),
  });
  through.on("error", () => {});
  from.pipe(through).pipe(to);
}

/** Headers as Node takes them; one that comes several times stays several. @param {readonly string[]} raw */
function grouped(raw) {
  /** @type {Record<string, string | string[]>} */
  const headers = {};
  for (let at = 0; at < raw.length; at += 2) {
    const [name = "", value = ""] = [raw[at], raw[at + 1]];
    const before = headers[name];
    headers[name] = before === undefined ? value : [before, value].flat();
  }
  return headers;
}
