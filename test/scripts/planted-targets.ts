import type { Target } from "../../scripts/fuzz/target.ts";

const seeds = (): Buffer[] => [Buffer.from("some text")];
const words: string[] = [];
const kept: Uint8Array[] = [];

/** Targets that fail, one in each way, from their second input on. */
export const targets: Readonly<Record<string, Target>> = {
  sound: { seeds, words, run: () => {} },
  throws: {
    seeds,
    words,
    run(input) {
      if (input.includes("e")) throw new TypeError("planted");
    },
  },
  rejects: {
    seeds,
    words,
    async run(input) {
      if (input.toString() !== "some text") void Promise.reject(new Error("planted, and nobody waits for it"));
      await new Promise((resolve) => setImmediate(resolve));
    },
  },
  hangs: {
    seeds,
    words,
    run(input) {
      while (input.toString() !== "some text");
    },
  },
  grows: {
    seeds,
    words,
    run(input) {
      if (input.toString() !== "some text" && kept.length < 1) kept.push(new Uint8Array(700 * 2 ** 20).fill(1));
    },
  },
  fills: {
    seeds,
    words,
    run(input) {
      const all: number[][] = [];
      while (input.toString() !== "some text") all.push(new Array<number>(1_000_000).fill(0.5));
    },
  },
  differs: { seeds, words, run: () => {}, judge: () => ({ difference: "planted" }) },
};
