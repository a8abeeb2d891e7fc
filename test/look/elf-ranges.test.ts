import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { finish } from "../../src/base/steps.ts";
import { readElf } from "../../src/elf/reader.ts";
import { bytesSource, recordingSource } from "../../src/elf/source.ts";
import { Observations } from "../../src/look/observations.ts";
import { observeRecords } from "../../src/look/observe-records.ts";
import { parseRecords } from "../../src/look/records.ts";
import { nextRequest } from "../../src/look/request.ts";
import { encodeRequest, lookScript } from "../../src/look/script.ts";
import { TABLES } from "../../src/look/tables.ts";
import { Tracker } from "../../src/look/tracker.ts";
import { rangesSource } from "../../src/snapshot/ranges.ts";
import { engineHere, imageHere } from "./here.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "msb-deps-test-")));
afterAll(() => rmSync(folder, { recursive: true }));

async function run(stdin: Buffer, into: Observations): Promise<void> {
  const base = { image: imageHere, maxOutput: 1, timeoutMs: 1, signal: new AbortController().signal };
  const result = await engineHere().run({ ...base, command: ["/usr/bin/perl", "-e", lookScript()], stdin, env: {} });
  finish(observeRecords(parseRecords(result.stdout), into));
}

/** Damages files the same way in every run. */
function* mutants(bytes: Buffer): Generator<Buffer> {
  let seed = 42;
  const next = (below: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return seed % below;
  };
  for (let count = 0; count < 40; count += 1) {
    const copy = Buffer.from(bytes);
    // Most of what is read lies near the start and in the dynamic section, near the end.
    for (let change = 0; change < 4; change += 1) copy[next(count % 2 === 0 ? 1024 : copy.length)] = next(256);
    yield count % 5 === 0 ? copy.subarray(0, next(copy.length)) : copy;
  }
}

it("the script gives the very bytes that the reader wants, of sound files and of damaged ones", async () => {
  const sources = ["/bin/true", "/lib/x86_64-linux-gnu/libm.so.6", "/lib/x86_64-linux-gnu/libselinux.so.1"].filter(
    existsSync,
  );
  for (const [index, source] of sources.entries()) {
    copyFileSync(source, join(folder, `${index}`));
    const damaged = [...mutants(readFileSync(source))];
    for (const [number, mutant] of damaged.entries()) writeFileSync(join(folder, `${index}-${number}`), mutant);
  }
  const observations = new Observations();
  await run(encodeRequest([...TABLES, "artifact", folder]), observations);
  const first = new Tracker(observations);
  const names = readdirSync(folder).map((name) => join(folder, name));
  for (const path of names) first.examine(path, first.lstat(path)?.size ?? 0);
  // What the script does not foresee is rare, and never a sound file.
  expect([...first.misses.reads.keys()].filter((path) => !path.includes("-"))).toEqual([]);
  expect(first.misses.reads.size).toBeLessThan(names.length / 10);
  const whole = new Tracker(observations);
  for (const path of names.filter((name) => !name.includes("-")))
    whole.examineUnloaded(path, whole.lstat(path)?.size ?? 0, whole.examine(path, whole.lstat(path)?.size ?? 0));
  expect([...whole.misses.reads]).toEqual([]);
  for (let round = 0; round < 8; round += 1) {
    const tracker = new Tracker(observations);
    for (const path of names) tracker.examine(path, tracker.lstat(path)?.size ?? 0);
    if (tracker.misses.reads.size > 0) await run(nextRequest(tracker.misses), observations);
  }
  const last = new Tracker(observations);
  let damaged = 0;
  for (const path of names) {
    const bytes = readFileSync(path);
    const content = last.examine(path, last.lstat(path)?.size ?? 0);
    const whole = recordingSource(bytesSource(bytes));
    expect(content, path).toEqual(readElf(whole));
    if (content.kind === "damaged") damaged += 1;
    if (content.kind === "not-elf") continue;
    const ranges = last.facts.get(path)?.ranges ?? [];
    const spans = ranges.map(([at, text]) => [at, at + Buffer.byteLength(text, "base64")]);
    expect(spans, path).toEqual(whole.touched());
    if (content.kind === "elf") expect(readElf(rangesSource(bytes.length, ranges)), path).toEqual(content);
  }
  expect(damaged).toBeGreaterThan(5);
}, 300_000);
