import { createHash } from "node:crypto";
import type { BuildEvent } from "../engine.ts";
import { type Masker, masker } from "./mask.ts";
import { type FailedStep, OutputTail } from "./progress.ts";

/** `[2/3] STEP 4/9: RUN make`; without the stage where there is only one. */
const STEP = /^(?:\[(\d+)\/\d+\] )?STEP (\d+)\/(\d+): (.*)$/s;

/** Where a build is. */
export interface PodmanStep extends FailedStep {
  /** Both counted from 1. */
  readonly stage: number;
  readonly index: number;
  readonly keyword: string;
}

/** Turns the text that buildah writes into build events. Its lines are mixed with what the steps write. */
export class PodmanProgress {
  readonly #emit: (event: BuildEvent) => void;
  readonly #now: () => number;
  readonly #hidden: () => readonly Buffer[];
  #step:
    | (PodmanStep & { readonly id: string; readonly since: number; readonly tail: OutputTail; readonly mask: Masker })
    | null = null;
  #cached = false;

  /** `hidden`: what must not be shown of a step's output. */
  constructor(emit: (event: BuildEvent) => void, now: () => number, hidden: () => readonly Buffer[] = () => []) {
    this.#emit = emit;
    this.#now = now;
    this.#hidden = hidden;
  }

  /** The step that the build is at. */
  get step(): PodmanStep | null {
    this.#output(this.#step?.mask.end());
    return this.#step === null ? null : { ...this.#step, output: this.#step.tail.bytes };
  }

  /** One `stream` text: the engine sends a line of its own, or a piece of a step's output, in each. */
  take(text: string): void {
    const begun = STEP.exec(text.trimEnd());
    if (begun !== null) this.#begin(begun);
    else if (this.#step === null) return;
    else if (/^--> Using cache /.test(text)) this.#cached = true;
    else if (/^--> (?:[0-9a-f]{10,64}|Pushing cache)/.test(text)) this.#end(this.#cached ? "cached" : "done");
    else if (/^COMMIT\b/.test(text)) this.#end("done");
    else this.#output(this.#step.mask.push(Buffer.from(text)));
  }

  #output(data: Buffer | undefined): void {
    if (this.#step === null || data === undefined || data.length === 0) return;
    this.#step.tail.add(data);
    this.#emit({ type: "log", id: this.#step.id, stream: 1, data });
  }

  /** The build is over. */
  finish(state: "done" | "failed" | "canceled"): void {
    this.#end(state);
  }

  #begin([, stage = "1", index = "", total = "", instruction = ""]: RegExpExecArray): void {
    this.#end("done");
    const name = `[${stage} ${index}/${total}] ${instruction}`;
    this.#cached = false;
    this.#step = {
      name,
      error: "",
      output: Buffer.alloc(0),
      stage: Number(stage),
      index: Number(index),
      keyword: instruction.split(/\s/, 1)[0] ?? "",
      id: createHash("sha256").update(name).digest("hex"),
      since: this.#now(),
      tail: new OutputTail(),
      mask: masker(this.#hidden),
    };
    this.#emit({ type: "step", id: this.#step.id, name, state: "started", duration: null });
  }

  #end(state: "done" | "cached" | "failed" | "canceled"): void {
    if (this.#step === null) return;
    this.#output(this.#step.mask.end());
    const { id, name, since } = this.#step;
    this.#emit({ type: "step", id, name, state, duration: Math.round(this.#now() - since) });
    // A failed step is still asked for.
    if (state !== "failed") this.#step = null;
  }
}
