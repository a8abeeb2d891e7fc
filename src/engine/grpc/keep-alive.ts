import type { Http2Session } from "node:http2";

/** So many pings without an answer make the time limit. */
const PINGS = 4;

/**
 * Pings the other end of a connection for as long as it is open, as calls on it may be silent for long. Calls `onSilent`
 * when nothing was answered for `limitMs`. A ping that this process was too busy to see answered does not count.
 */
export function keepAlive(session: Http2Session, limitMs: number, onSilent: () => void): void {
  let unanswered = 0;
  const timer = setInterval(() => {
    if (session.destroyed) return;
    if (unanswered >= PINGS) return onSilent();
    unanswered += 1;
    session.ping((error) => {
      if (error === null) unanswered = 0;
    });
  }, limitMs / PINGS);
  session.once("close", () => clearInterval(timer));
}

/**
 * Ends a connection. Not at once: Node hands bytes that are in the socket already to a new session in a tick of their
 * own, and throws where that has been destroyed by then (lib/internal/http2/core.js, Http2Session).
 */
export function destroySoon(session: Http2Session, error?: Error): void {
  process.nextTick(() => session.destroy(error));
}
