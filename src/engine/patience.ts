import type { Owner } from "./owner.ts";

/** How long an engine may leave a request without an answer, unless `--engine-timeout` says otherwise. */
export const IDLE_MS = 60_000;

/** What an interrupted run has for cleanup: with the rest it ends within 3 s. */
const INTERRUPTED_MS = 1900;

/** What a run has for cleanup that lost its engine, which may be restarting. */
const LOST_MS = 5000;

/** How long one run waits for its engine. */
export class Patience {
  /** Milliseconds that a request may stay without an answer. */
  readonly idleMs: number;
  readonly #cleanup = new AbortController();

  constructor(idleMs: number, signal: AbortSignal) {
    this.idleMs = idleMs;
    if (signal.aborted) this.#endCleanupIn(INTERRUPTED_MS);
    else signal.addEventListener("abort", () => this.#endCleanupIn(INTERRUPTED_MS), { once: true });
  }

  /** Aborted when no more time is left to remove things. */
  get cleanupOver(): AbortSignal {
    return this.#cleanup.signal;
  }

  /** From now on, cleanup has little time. */
  readonly lost = (): void => this.#endCleanupIn(LOST_MS);

  #endCleanupIn(milliseconds: number): void {
    setTimeout(() => this.#cleanup.abort(), milliseconds).unref();
  }
}

/** What a session with any kind of engine has: whose the things are that it makes, and how long it waits. */
export interface Running {
  /** Names and labels all that the session makes. */
  readonly owner: Owner;
  readonly patience: Patience;
}
