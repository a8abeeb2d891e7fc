/** An amount that many share. */
export interface Pool {
  left: number;
}

/**
 * A limit for one of many: each may use a small amount of its own, enough for every real one, and what is over it comes
 * from a pool that all share. So the whole is bounded by the number of those that share it, and a few that are greedy
 * leave the others what they need.
 */
export class Allowance {
  readonly #pool: Pool;
  #own: number;
  #isSpent = false;

  constructor(own: number, pool: Pool) {
    this.#own = own;
    this.#pool = pool;
  }

  /** Whether something was asked for that neither the own part nor the pool had. */
  get isSpent(): boolean {
    return this.#isSpent;
  }

  /** Uses an amount; false where it is not there, and from then on. */
  spend(amount: number): boolean {
    const lacking = Math.max(0, amount - this.#own);
    if (this.#isSpent || this.#pool.left < lacking) {
      this.#isSpent = true;
      return false;
    }
    this.#own = Math.max(0, this.#own - amount);
    this.#pool.left -= lacking;
    return true;
  }
}
