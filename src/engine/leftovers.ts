/** What was made on the engine and is not yet removed, so that closing the engine can remove it. */
export class Leftovers {
  readonly #open = new Set<() => Promise<void>>();

  /** Registers how to remove a thing; what comes back removes it once, however often it is called. */
  add(remove: () => Promise<void>): () => Promise<void> {
    let done: Promise<void> | null = null;
    const once = () => {
      this.#open.delete(once);
      done ??= remove();
      return done;
    };
    this.#open.add(once);
    return once;
  }

  /** Removes all that is left, each independently of the others. */
  async removeAll(): Promise<void> {
    await Promise.allSettled([...this.#open].map((remove) => remove()));
  }
}
