import { readFileSync, rmSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { finish } from "../../src/base/steps.ts";
import { readElf } from "../../src/elf/reader.ts";
import { bytesSource } from "../../src/elf/source.ts";
import { traceRefusal } from "../../src/loader/traceable.ts";
import { parseRecords, splitFields } from "../../src/look/records.ts";
import { encodeRequest, lookScript } from "../../src/look/script.ts";
import { Workshop } from "../loader/workshop.ts";
import { engineHere, imageHere } from "./here.ts";

// The script guesses questions for the loader before TypeScript has seen a file. It must never guess one that
// TypeScript would refuse: whatever a file says, nothing of it may run.

const shop = new Workshop();
afterAll(() => shop.remove());

/** The script with a loader that is always trusted and never run: what it would ask. */
const DRY = lookScript()
  .replace("sub ask_all {", "sub ask_all { record('answer', join \"\\0\", @$_) for @_; return }\nsub unused_ask_all {")
  .replace("sub trusted {", "sub trusted { return 1 }\nsub unused_trusted {");

async function guessed(folder: string): Promise<string[]> {
  const base = { image: imageHere, maxOutput: 1, timeoutMs: 1, signal: new AbortController().signal, env: {} };
  const stdin = encodeRequest(["artifact", folder, "loader", "1"]);
  const { stdout } = await engineHere().run({ ...base, command: ["/usr/bin/perl", "-e", DRY], stdin });
  const answers = [...parseRecords(stdout)].filter(({ key }) => key === "answer");
  return answers.map(({ payload }) => splitFields(payload, 2)[1]?.toString() ?? "");
}

/** Whether TypeScript lets the loader be asked about a file, with no other seen. */
function mayAsk(bytes: Buffer, path: string): boolean {
  const reading = readElf(bytesSource(bytes));
  const file = { path, type: "file" as const, unread: false, elf: () => reading };
  return reading.kind === "elf" && finish(traceRefusal([file], []))(reading.facts) === null;
}

let sample: Buffer;
beforeAll(() => {
  shop.library("lib/liba.so.1");
  sample = readFileSync(shop.program("out/app", { needs: ["lib/liba.so.1"], runpath: "$ORIGIN/../lib" }));
});

const TAGS = [
  0, 1, 5, 10, 14, 15, 29, 0x6ffffefb, 0x6ffffefc, 0x6ffffffb, 0x6ffffffc, 0x6ffffffe, 0x7ffffffd, 0x7fffffff,
];
const NUMBERS = [
  0,
  1,
  2,
  3,
  4,
  6,
  16,
  64,
  0x318,
  0x1000,
  0x2000,
  0x3de0,
  0x4000,
  0x8000_0000,
  2 ** 33,
  2 ** 47,
  2 ** 53,
];
const number = fc.oneof(fc.constantFrom(...NUMBERS), fc.nat(0x5000)).map(BigInt);

/** Changes of a field of a program header, of an entry of the dynamic section, or of any byte of the headers. */
const change = fc.oneof(
  fc.record({ header: fc.nat(13), field: fc.constantFrom(0, 8, 16, 32, 40, 48), value: number }),
  fc.record({ entry: fc.nat(30), tag: fc.constantFrom(...TAGS).map(BigInt) }),
  fc.record({ entry: fc.nat(30), value: number }),
  fc.record({ at: fc.nat(900), byte: fc.nat(255) }),
);

function changed(changes: readonly (typeof change extends fc.Arbitrary<infer T> ? T : never)[]): Buffer {
  const bytes = Buffer.from(sample);
  const dynamic = Number(bytes.readBigUInt64LE(dynamicHeader(bytes) + 8));
  for (const one of changes) {
    if ("header" in one) {
      const at = 64 + one.header * 56 + one.field;
      if (one.field === 0) bytes.writeUInt32LE(Number(one.value & 0xffffffffn), at);
      else bytes.writeBigUInt64LE(one.value, at);
    } else if ("tag" in one) bytes.writeBigUInt64LE(one.tag, dynamic + one.entry * 16);
    else if ("entry" in one) bytes.writeBigUInt64LE(one.value, dynamic + one.entry * 16 + 8);
    else bytes[one.at] = one.byte;
  }
  return bytes;
}

function dynamicHeader(bytes: Buffer): number {
  for (let at = 64; ; at += 56) if (bytes.readUInt32LE(at) === 2) return at;
}

it("guesses the question about a plain program", async () => {
  expect(await guessed(shop.path("out"))).toEqual([shop.path("out/app")]);
  expect(mayAsk(sample, "/app")).toBe(true);
});

it("guesses no question that is refused", async () => {
  const count = { asked: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
      const bytes = changed(changes);
      writeFileSync(shop.path("out/app"), bytes);
      const asked = (await guessed(shop.path("out"))).length > 0;
      const allowed = mayAsk(bytes, "/app");
      count[allowed ? "asked" : "refused"] += 1;
      expect(asked && !allowed).toBe(false);
    }),
    { numRuns: 120 },
  );
  // Both happen, or nothing was tried.
  expect(count.asked).toBeGreaterThan(10);
  expect(count.refused).toBeGreaterThan(40);
}, 120_000);

it("guesses nothing where anything else is unusual", async () => {
  writeFileSync(shop.path("out/app"), sample);
  const cases: [string, () => void][] = [
    ["libaudit.so", () => shop.library("out/libaudit.so", { flags: ["-Wl,--audit=/x.so"] })],
    ["damaged", () => writeFileSync(shop.path("out/damaged"), sample.subarray(0, 5000))],
  ];
  for (const [name, make] of cases) {
    make();
    expect(await guessed(shop.path("out")), name).toEqual([]);
    rmSync(shop.path(`out/${name}`));
  }
  expect(await guessed(shop.path("out"))).toEqual([shop.path("out/app")]);
});
