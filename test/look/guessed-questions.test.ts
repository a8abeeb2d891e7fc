import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { basename } from "../../src/base/paths.ts";
import { finish } from "../../src/base/steps.ts";
import { readElf } from "../../src/elf/reader.ts";
import { bytesSource } from "../../src/elf/source.ts";
import { traceRefusal } from "../../src/loader/traceable.ts";
import { parseRecords, splitFields } from "../../src/look/records.ts";
import { encodeRequest, lookScript } from "../../src/look/script.ts";
import { TABLES } from "../../src/look/tables.ts";
import { Workshop } from "../loader/workshop.ts";
import { engineHere, imageHere } from "./here.ts";

// The script guesses questions for the loader before TypeScript has seen a file. It must never guess one that
// TypeScript would refuse: whatever a file says, nothing of it may run.

const shop = new Workshop();
afterAll(() => shop.remove());

/** The script with a loader that is always trusted and never run: what it would ask. */
const DRY = lookScript()
  .replace("sub ask_all {", "sub ask_all { record('answer', @$_) for @_; return }\nsub unused_ask_all {")
  .replace("sub trusted {", "sub trusted { return 1 }\nsub unused_trusted {");

async function guessed(folder: string): Promise<string[]> {
  const base = { image: imageHere, maxOutput: 1, timeoutMs: 1, signal: new AbortController().signal, env: {} };
  const stdin = encodeRequest([...TABLES, "artifact", folder, "loader", "1"]);
  const { stdout } = await engineHere().run({ ...base, command: ["/usr/bin/perl", "-e", DRY], stdin });
  const answers = [...parseRecords(stdout)].filter(({ key }) => key === "answer");
  return answers.map(({ payload }) => splitFields(payload, 2)[1]?.toString() ?? "");
}

/** Whether TypeScript lets the loader be asked about a file, with some others seen. */
function mayAsk(bytes: Buffer, path: string, others: readonly (readonly [string, Buffer])[] = []): boolean {
  const seen = [[path, bytes] as const, ...others].map(([name, content]) => {
    const reading = readElf(bytesSource(content));
    return { path: name, type: "file" as const, unread: false, elf: () => reading };
  });
  const reading = seen[0]?.elf();
  return reading?.kind === "elf" && finish(traceRefusal(seen, []))(reading.facts) === null;
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

type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

function changed(changes: readonly Change[], original = sample): Buffer {
  const bytes = Buffer.from(original);
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
}, 300_000);

it("guesses no question about a file that needs a library which is not as usual", async () => {
  const program = shop.program("needs/app", { needs: ["lib/liba.so.1"], runpath: "$ORIGIN" });
  const library = shop.path("needs/liba.so.1");
  const [app, plain] = [readFileSync(program), readFileSync(shop.path("lib/liba.so.1"))];
  const count = { asked: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
      const bytes = changed(changes, plain);
      writeFileSync(library, bytes);
      const asked = (await guessed(shop.path("needs"))).includes(program);
      const allowed = mayAsk(app, program, [[library, bytes]]);
      count[allowed ? "asked" : "refused"] += 1;
      expect(asked && !allowed).toBe(false);
    }),
    { numRuns: 80 },
  );
  expect(count.asked).toBeGreaterThan(5);
  expect(count.refused).toBeGreaterThan(20);
}, 300_000);

it("guesses nothing where something leads to an unusual file", async () => {
  const damaged = sample.subarray(0, 5000);
  const asked = async (): Promise<string[]> => (await guessed(shop.path("odd"))).map((path) => basename(path)).sort();
  shop.program("odd/app", { needs: ["lib/liba.so.1"] });
  expect(await asked()).toEqual(["app"]);
  // As the static programs of valgrind are: nothing loads a library of that name.
  writeFileSync(shop.path("odd/damaged"), damaged);
  expect(await asked()).toEqual(["app"]);
  const cases: [string, () => void][] = [
    ["liba.so.1", () => writeFileSync(shop.path("odd/liba.so.1"), damaged)],
    ["link", () => symlinkSync("damaged", shop.path("odd/link"))],
    ["app2", () => shop.program("odd/app2", { needs: ["lib/liba.so.1"], runpath: "/x/damaged/y" })],
    ["fifo", () => execFileSync("mkfifo", [shop.path("odd/fifo")])],
  ];
  for (const [name, make] of cases) {
    make();
    expect(await asked(), name).toEqual([]);
    rmSync(shop.path(`odd/${name}`));
  }
  expect(await asked()).toEqual(["app"]);
});
