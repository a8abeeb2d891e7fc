import { setTimeout as delay } from "node:timers/promises";
import { EngineLost } from "./lost.ts";

/** Something that a run made and removes again. */
export interface Made {
  readonly kind: "container" | "image" | "folder";
  /** As `docker rm` or `docker rmi` takes it; the path of a folder. */
  readonly name: string;
}

/** Between two attempts. */
const RETRY_MS = 250;

/** How long attempts go on while the engine cannot be reached. */
const UNREACHABLE_MS = 5000;

/** How long a thing that may still be in the making is looked for. */
const UNSETTLED_MS = 1500;

/** Removes a thing; false if it is not there. Each attempt has a connection of its own. */
export type Removal = () => Promise<boolean>;

/** What all removals of a run share. */
interface Cleanup {
  /** Aborted when no time is left. */
  readonly over: AbortSignal;
  /** A removal was given up because the engine could not be reached: the others are not tried for long. */
  unreachable: boolean;
}

/** One thing that is to be removed. */
export class Leftover {
  readonly made: Made;
  readonly #attempt: Removal;
  readonly #cleanup: Cleanup;
  readonly #onGone: () => void;
  #settled = true;
  #removing: Promise<void> | null = null;

  constructor(made: Made, attempt: Removal, cleanup: Cleanup, onGone: () => void) {
    this.made = made;
    this.#attempt = attempt;
    this.#cleanup = cleanup;
    this.#onGone = onGone;
  }

  /** The engine is asked to make it: from here until `settle`, "not there" may mean "not yet". */
  expect(): void {
    this.#settled = false;
  }

  /** The engine has answered: it made the thing, or never will. */
  settle(): void {
    this.#settled = true;
  }

  /**
   * Removes it, once however often it is called. Never fails: what could not be removed stays registered, and is tried
   * again and named when the engine is closed.
   */
  remove(): Promise<void> {
    this.#removing ??= this.#tryAll().then((gone) => {
      if (gone) this.#onGone();
      else this.#removing = null;
    });
    return this.#removing;
  }

  async #tryAll(): Promise<boolean> {
    const start = Date.now();
    const { over } = this.#cleanup;
    do {
      try {
        if ((await this.#attempt()) || this.#settled) return true;
        if (Date.now() - start >= UNSETTLED_MS) return true;
      } catch (error) {
        if (!(error instanceof EngineLost)) return false;
        this.#cleanup.unreachable ||= Date.now() - start >= UNREACHABLE_MS;
        if (this.#cleanup.unreachable) return false;
      }
      await delay(RETRY_MS, undefined, { signal: over }).catch(() => {});
    } while (!over.aborted);
    return false;
  }
}

/** What was made and is not yet removed. */
export class Leftovers {
  readonly #open = new Set<Leftover>();
  readonly #cleanup: Cleanup;

  /** @param over aborted when no time is left for removals */
  constructor(over: AbortSignal) {
    this.#cleanup = { over, unreachable: false };
  }

  add(made: Made, attempt: Removal): Leftover {
    const leftover: Leftover = new Leftover(made, attempt, this.#cleanup, () => this.#open.delete(leftover));
    this.#open.add(leftover);
    return leftover;
  }

  /** Removes all that is left, containers before the images that they use, and returns what could not be removed. */
  async removeAll(): Promise<readonly Made[]> {
    const all = [...this.#open];
    const isContainer = ({ made }: Leftover) => made.kind === "container";
    await Promise.all(all.filter(isContainer).map((one) => one.remove()));
    await Promise.all(all.filter((one) => !isContainer(one)).map((one) => one.remove()));
    return [...this.#open].map(({ made }) => made);
  }
}
