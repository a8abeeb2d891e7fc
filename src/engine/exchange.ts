import { type ClientRequest, request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { Readable } from "node:stream";
import type Docker from "dockerode";
import { stopReason } from "../base/errors.ts";
import { CLOSED, EngineLost, type Loss, lossOf, malformed, phaseOf, silentFor } from "./lost.ts";

/** How long one user of the engine waits for it. */
export interface Link {
  /** Milliseconds that a request may stay without an answer, and an answer without its next bytes. */
  readonly idleMs: () => number;
  /** Ends every request when the run is stopped; null if nothing does, as for cleanup. */
  readonly signal: AbortSignal | null;
  /** Called for every loss of the engine. */
  readonly onLost: (loss: Loss) => void;
}

/** What docker-modem knows of a request beside its options. */
interface Dialled {
  readonly isStream?: boolean;
  readonly hijack?: boolean;
  readonly statusCodes: Readonly<Record<number, true | string>>;
}

type Done = (error: unknown, result?: unknown) => void;

/** The part of docker-modem that is called or replaced here (docker-modem lib/modem.js). */
interface Modem {
  readonly protocol: "http" | "https";
  buildRequest: (options: RequestOptions, dialled: Dialled, body: unknown, done: Done) => void;
  buildPayload(
    error: null,
    isStream: boolean,
    statusCodes: Dialled["statusCodes"],
    openStdin: boolean,
    request: ClientRequest,
    response: IncomingMessage,
    content: unknown,
    done: Done,
  ): void;
}

/** No answer that is read as a whole is larger. */
const MAX_ANSWER = 64 * 1024 * 1024;

/** How long a request that creates something may go on after the run was stopped, to learn what to remove. */
const SETTLE_MS = 1000;

/**
 * Replaces how docker-modem performs a request that it has prepared: it waits forever for an answer that is cut off, has
 * no time limit, and reuses connections that the engine may have closed. Here each request has a connection of its own,
 * and every failure that is not an answer of the engine is `engine-lost`.
 */
export function guardRequests(docker: Docker, link: Link): void {
  const modem = docker.modem as unknown as Modem;
  modem.buildRequest = (prepared, dialled, body, done) => {
    const { signal: _replaced, ...options } = prepared;
    const send = modem.protocol === "https" ? httpsRequest : httpRequest;
    const doing = phaseOf(options.method ?? "GET", options.path ?? "/");
    const request = send({ agent: false, ...options });
    const exchange = new Exchange(request, doing, link, done);
    request.on("upgrade", (_response, socket, head) => {
      if (head.length > 0) socket.unshift(head);
      exchange.end(null, socket);
    });
    request.on("response", (response) => {
      const accepted = dialled.statusCodes[response.statusCode ?? 0] === true;
      if (accepted && dialled.isStream === true) exchange.end(null, guarded(response, doing, link));
      else
        exchange.collect(response, (bytes) => {
          const parsed = parse(bytes);
          const isJson = response.headers["content-type"]?.includes("json") === true;
          if (accepted && isJson && parsed === null) return exchange.lose(malformed("valid JSON"));
          modem.buildPayload(null, false, dialled.statusCodes, false, request, response, parsed ?? bytes, exchange.end);
        });
    });
    if (body instanceof Readable) {
      body.on("error", (error) => exchange.fail(error));
      body.pipe(request);
    } else {
      request.end(body);
    }
  };
}

/** One request until its answer is there, or is handed on as a stream or a connection. */
class Exchange {
  readonly #request: ClientRequest;
  readonly #doing: string;
  readonly #link: Link;
  readonly #done: Done;
  #timer: NodeJS.Timeout | undefined;
  #over = false;

  constructor(request: ClientRequest, doing: string, link: Link, done: Done) {
    this.#request = request;
    this.#doing = doing;
    this.#link = link;
    this.#done = done;
    request.on("error", (error) => this.lose(lossOf(error), error));
    link.signal?.addEventListener("abort", this.#stop);
    if (link.signal?.aborted) process.nextTick(this.#stop);
    else if (doing !== "building") this.#wait(link.idleMs());
  }

  /** Hands on what came of it, once. */
  readonly end: Done = (error, result) => {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#link.signal?.removeEventListener("abort", this.#stop);
    this.#done(error, result);
  };

  fail(error: unknown): void {
    this.#request.destroy();
    this.end(error);
  }

  lose(loss: Loss, cause?: unknown): void {
    if (this.#over) return;
    this.#link.onLost(loss);
    this.fail(new EngineLost(this.#doing, loss, cause));
  }

  /** Reads an answer as a whole. */
  collect(response: IncomingMessage, whole: (bytes: Buffer) => void): void {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > MAX_ANSWER) this.lose({ why: `the answer is larger than ${MAX_ANSWER} bytes`, silent: false });
      else this.#wait(this.#link.idleMs());
    });
    response.on("error", (error) => this.lose(lossOf(error), error));
    response.on("end", () => whole(Buffer.concat(chunks)));
    response.on("close", () => this.lose(CLOSED));
  }

  #wait(milliseconds: number): void {
    clearTimeout(this.#timer);
    if (!this.#over) this.#timer = setTimeout(() => this.lose(silentFor(milliseconds)), milliseconds);
  }

  readonly #stop = (): void => {
    if (this.#link.signal === null) return;
    const error = stopReason(this.#link.signal);
    clearTimeout(this.#timer);
    if (this.#doing === "creating a container") this.#timer = setTimeout(() => this.fail(error), SETTLE_MS);
    else this.fail(error);
  };
}

/** Answers that end when a build or a program does: whoever asks looks after the engine meanwhile. */
const LONG_ANSWERS: ReadonlySet<string> = new Set(["building", "waiting for a container"]);

/** An answer that is read piece by piece: its reader sees `engine-lost`, or why the run was stopped. */
function guarded(response: IncomingMessage, doing: string, link: Link): Readable {
  const stream = Readable.from(pieces(response, doing, link), { objectMode: false });
  const stop = () => response.destroy();
  link.signal?.addEventListener("abort", stop);
  stream.once("close", () => {
    link.signal?.removeEventListener("abort", stop);
    response.destroy();
  });
  return stream;
}

async function* pieces(response: IncomingMessage, doing: string, link: Link): AsyncGenerator<Buffer> {
  const source: AsyncIterator<Buffer> = response[Symbol.asyncIterator]();
  for (;;) {
    const { done, value } = await nextPiece(source, response, doing, link);
    if (done === true) return;
    yield value;
  }
}

/** Time counts only while a reader waits: one that is slow is no fault of the engine. */
async function nextPiece(
  source: AsyncIterator<Buffer>,
  response: IncomingMessage,
  doing: string,
  { idleMs, signal, onLost }: Link,
): Promise<IteratorResult<Buffer>> {
  const limit = idleMs();
  let loss: Loss | null = null;
  const late = () => {
    loss = silentFor(limit);
    response.destroy();
  };
  const timer = LONG_ANSWERS.has(doing) ? undefined : setTimeout(late, limit);
  try {
    return await source.next();
  } catch (error) {
    if (signal?.aborted) throw stopReason(signal);
    const seen = loss ?? lossOf(error);
    onLost(seen);
    throw new EngineLost(doing, seen, error);
  } finally {
    clearTimeout(timer);
  }
}

/** An answer as JSON, or null. */
function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return null;
  }
}
