import type { BuildEvent } from "../engine.ts";
import { StatusResponse } from "../wire/messages.ts";
import type { ValueOf } from "../wire/protobuf.ts";
import { type Masker, masker } from "./mask.ts";

/** What BuildKit tells of a build that goes on, a change at a time. */
export type BuildStatus = ValueOf<typeof StatusResponse>;
type Vertex = BuildStatus["vertexes"][number];
type StepState = Extract<BuildEvent, { type: "step" }>["state"];

/** The step at which a build failed. */
export interface FailedStep {
  /** As BuildKit names it: `[builder 3/5] RUN make`. */
  readonly name: string;
  readonly error: string;
  /** The end of what the step wrote. */
  readonly output: Buffer;
}

/** So much of a step's output is kept for the error text. */
const KEPT_OUTPUT = 64 * 1024;

/** The end of a step's output. */
export class OutputTail {
  readonly #chunks: Buffer[] = [];
  #size = 0;

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    for (let first = this.#chunks[0]; first && this.#size - first.length >= KEPT_OUTPUT; first = this.#chunks[0]) {
      this.#size -= first.length;
      this.#chunks.shift();
    }
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks).subarray(-KEPT_OUTPUT);
  }
}

/** Turns BuildKit's status stream into build events and remembers what an error text needs. */
export class BuildProgress {
  readonly #emit: (event: BuildEvent) => void;
  readonly #states = new Map<string, StepState>();
  readonly #outputs = new Map<string, OutputTail>();
  readonly #maskers = new Map<string, Map<1 | 2, Masker>>();
  readonly #hidden: () => readonly Buffer[];
  #failed: Vertex | null = null;

  /** `hidden`: what must not be shown of a step's output. */
  constructor(emit: (event: BuildEvent) => void, hidden: () => readonly Buffer[] = () => []) {
    this.#emit = emit;
    this.#hidden = hidden;
  }

  get failedStep(): FailedStep | null {
    if (this.#failed === null) return null;
    const { digest, name, error } = this.#failed;
    this.#flush(digest);
    return { name, error, output: this.#outputs.get(digest)?.bytes ?? Buffer.alloc(0) };
  }

  take(bytes: Uint8Array): void {
    this.takeStatus(StatusResponse.decode(bytes));
  }

  takeStatus(status: BuildStatus): void {
    for (const vertex of status.vertexes) this.#step(vertex);
    for (const { vertex, id, name, current, total } of status.statuses) {
      this.#emit({ type: "status", id: vertex, what: id || name, current, total });
    }
    for (const { vertex, stream, msg } of status.logs) this.#log(vertex, stream === 2 ? 2 : 1, msg);
    for (const warning of status.warnings) this.#emit(warningEvent(warning));
  }

  #log(vertex: string, stream: 1 | 2, bytes: Uint8Array): void {
    const streams = this.#maskers.get(vertex) ?? new Map<1 | 2, Masker>();
    this.#maskers.set(vertex, streams);
    const mask = streams.get(stream) ?? masker(this.#hidden);
    streams.set(stream, mask);
    this.#output(vertex, stream, mask.push(bytes));
    // The last output may come behind the end of its step.
    if (hasEnded(this.#states.get(vertex))) this.#flush(vertex);
  }

  #flush(vertex: string): void {
    for (const [stream, mask] of this.#maskers.get(vertex) ?? []) this.#output(vertex, stream, mask.end());
  }

  #output(vertex: string, stream: 1 | 2, data: Buffer): void {
    if (data.length === 0) return;
    const tail = this.#outputs.get(vertex) ?? new OutputTail();
    tail.add(data);
    this.#outputs.set(vertex, tail);
    this.#emit({ type: "log", id: vertex, stream, data });
  }

  /** BuildKit repeats a step at each change of it, with gaps and in any order; only what is news is passed on. */
  #step(vertex: Vertex): void {
    const state = stateOf(vertex);
    if (state === null) return;
    const before = this.#states.get(vertex.digest);
    if (before === state || (state === "started" && before !== undefined)) return;
    if (before === "failed") return;
    this.#states.set(vertex.digest, state);
    if (hasEnded(state)) this.#flush(vertex.digest);
    if (state === "failed") this.#failed ??= vertex;
    this.#emit({ type: "step", id: vertex.digest, name: vertex.name, state, duration: durationOf(vertex) });
  }
}

function hasEnded(state: StepState | undefined): boolean {
  return state !== undefined && state !== "started";
}

function stateOf(vertex: Vertex): StepState | null {
  if (vertex.error !== "") return /context canceled|Canceled/.test(vertex.error) ? "canceled" : "failed";
  if (vertex.completed !== null) return vertex.cached ? "cached" : "done";
  return vertex.started === null ? null : "started";
}

function durationOf({ started, completed }: Vertex): number | null {
  if (started === null || completed === null) return null;
  const ms = (completed.seconds - started.seconds) * 1000 + (completed.nanos - started.nanos) / 1e6;
  return Math.max(0, Math.round(ms));
}

function warningEvent({ short, detail, ranges }: BuildStatus["warnings"][number]): BuildEvent {
  const text = detail.map((line) => Buffer.from(line).toString("utf8")).join("\n");
  return {
    type: "warning",
    message: Buffer.from(short).toString("utf8"),
    detail: text === "" ? null : text,
    line: ranges[0]?.start?.line ?? null,
  };
}
