import { PassThrough, Readable, Writable } from "node:stream";
import type { Io } from "../src/commands/options.ts";
import { Messages } from "../src/report/messages.ts";
import { Results } from "../src/report/results.ts";

/** A stream that keeps what is written to it. */
function collector() {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk, _, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString("utf8") };
}

/** The world of a command whose two outputs are kept, with no engine to ask. */
export function collectedIo({ env = {}, stdin = "" }: { env?: Io["env"]; stdin?: string } = {}) {
  const [stdout, stderr] = [collector(), collector()];
  const stopping = new AbortController();
  const io: Io = {
    env: { PATH: process.env.PATH, DOCKER_HOST: "unix:///nonexistent/docker.sock", ...env },
    stdin: stdin === "" ? new PassThrough().end() : Readable.from([stdin]),
    messages: new Messages(stderr.stream),
    results: new Results(stdout.stream),
    signal: stopping.signal,
  };
  return { io, stdout: stdout.text, stderr: stderr.text, stop: (reason: unknown) => stopping.abort(reason) };
}
