import { randomBytes } from "node:crypto";

/** @typedef {import("node:net").Socket} Socket */

/** Joins a client's connection with ours, so that it can be cut, frozen, slowed and filled with garbage. */
export class Gate {
  #client;
  #ours;
  #frozen = false;
  #delay = 0;

  /** @param {Socket} client @param {Socket} ours */
  constructor(client, ours) {
    this.#client = client;
    this.#ours = ours;
    client.on("data", (chunk) => this.#frozen || ours.write(chunk) || hold(client, ours));
    ours.on("data", (chunk) => {
      if (this.#frozen) return;
      if (this.#delay === 0) client.write(chunk) || hold(ours, client);
      else this.#late(chunk);
    });
    client.on("end", () => this.#frozen || ours.end());
    ours.on("end", () => this.#frozen || setTimeout(() => client.end(), this.#delay));
    for (const [one, other] of [
      [client, ours],
      [ours, client],
    ]) {
      one?.on("error", () => {});
      one?.on("close", () => this.#frozen || setTimeout(() => other?.destroy(), this.#delay));
    }
  }

  /** @param {Buffer} chunk */
  #late(chunk) {
    this.#ours.pause();
    setTimeout(() => {
      this.#client.write(chunk);
      this.#ours.resume();
    }, this.#delay);
  }

  cut() {
    this.#frozen = false;
    this.#client.destroy();
    this.#ours.destroy();
  }

  /** Nothing passes from now on, in either direction, and nobody is told. */
  freeze() {
    this.#frozen = true;
    this.#client.pause();
  }

  /** Each piece of an answer takes so much longer. @param {number} milliseconds */
  slow(milliseconds) {
    this.#delay = milliseconds;
  }

  /** Bytes that are no protocol. */
  garbage() {
    this.#client.write(randomBytes(64));
  }
}

/** Reads no more until the other side has taken what there is. @param {Socket} from @param {Socket} to */
function hold(from, to) {
  from.pause();
  to.once("drain", () => from.resume());
}
