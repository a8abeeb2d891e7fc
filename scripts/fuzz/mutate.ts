import type { Random } from "./random.ts";

/** A seed with the parts of it that matter. */
export interface Seed {
  readonly bytes: Buffer;
  readonly spans: readonly (readonly [start: number, end: number])[];
}

export interface Pool {
  readonly seeds: readonly Seed[];
  readonly words: readonly Buffer[];
}

const MAX_BYTES = 512 * 1024;
const MAX_CHANGES_LOG2 = 5;
/** How long a part is that is moved, copied or taken out: mostly short. */
const MAX_PART_LOG2 = 10;

const INTERESTING = [0n, 1n, 2n, 3n, 7n, 0x7fn, 0x80n, 0xffn, 0x100n, 0x7fffn, 0x8000n, 0xffffn, 0x10000n]
  .concat([0x7fffffffn, 0x80000000n, 0xffffffffn, 0x100000000n, 2n ** 47n, 2n ** 53n, 2n ** 63n - 1n, 2n ** 64n - 1n])
  .concat([4095n, 4096n, 65_535n, 65_536n, -8n, -16n]);
const NUMBERS = ["0", "-1", "1", "9", "255", "65536", "2147483648", "4294967296", "9007199254740993", "1e9", "0x10"];

interface Place {
  readonly random: Random;
  readonly pool: Pool;
  readonly seed: Seed;
}

/** Changes a seed in a few places. */
export function mutate(pool: Pool, random: Random): Buffer {
  const seed = random.pick(pool.seeds);
  let bytes: Buffer = Buffer.from(seed.bytes);
  const changes = 1 + random.below(2 ** random.below(MAX_CHANGES_LOG2));
  for (let count = 0; count < changes; count += 1)
    bytes = random.pick(CHANGES)(bytes, { random, pool, seed }).subarray(0, MAX_BYTES);
  return Buffer.from(bytes);
}

/** An offset, mostly in what matters. */
function offsetIn(bytes: Buffer, { random, seed: { spans } }: Place): number {
  if (spans.length === 0 || random.chance(8)) return random.below(bytes.length);
  const [start, end] = random.pick(spans);
  return Math.min(start + random.below(end - start), Math.max(0, bytes.length - 1));
}

function partOf(bytes: Buffer, place: Place): readonly [number, number] {
  const start = offsetIn(bytes, place);
  return [start, Math.min(bytes.length, start + 1 + place.random.below(2 ** place.random.below(MAX_PART_LOG2)))];
}

function replaced(bytes: Buffer, start: number, end: number, by: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, start), by, bytes.subarray(end)]);
}

/** The lines of a text as pairs of offsets, each with its line feed. */
function lineAt(bytes: Buffer, offset: number): readonly [number, number] {
  const end = bytes.indexOf(0x0a, offset);
  return [offset === 0 ? 0 : bytes.lastIndexOf(0x0a, offset - 1) + 1, end < 0 ? bytes.length : end + 1];
}

type Change = (bytes: Buffer, place: Place) => Buffer;

function setNumber(bytes: Buffer, at: number, width: number, value: bigint, isLittle: boolean): Buffer {
  const number = Buffer.alloc(8);
  if (isLittle) number.writeBigUInt64LE(BigInt.asUintN(64, value));
  else number.writeBigUInt64BE(BigInt.asUintN(64, value));
  (isLittle ? number.subarray(0, width) : number.subarray(8 - width)).copy(bytes, at);
  return bytes;
}

const CHANGES: readonly Change[] = [
  function flipBit(bytes, place) {
    const at = offsetIn(bytes, place);
    if (at < bytes.length) bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << place.random.below(8)), at);
    return bytes;
  },
  function setByte(bytes, place) {
    const at = offsetIn(bytes, place);
    if (at < bytes.length) bytes.writeUInt8(place.random.below(256), at);
    return bytes;
  },
  function setInteger(bytes, place) {
    const { random } = place;
    const width = random.pick([1, 2, 4, 8]);
    return setNumber(bytes, offsetIn(bytes, place), width, random.pick(INTERESTING), !random.chance(4));
  },
  function setAlignedInteger(bytes, place) {
    const { random } = place;
    const width = random.pick([4, 8]);
    const at = offsetIn(bytes, place);
    return setNumber(bytes, at - (at % width), width, random.pick(INTERESTING), true);
  },
  function addToInteger(bytes, place) {
    const { random } = place;
    const at = offsetIn(bytes, place) & ~3;
    if (at + 4 > bytes.length) return bytes;
    return setNumber(bytes, at, 4, BigInt(bytes.readUInt32LE(at) + random.below(65) - 32), true);
  },
  function takeOut(bytes, place) {
    return replaced(bytes, ...partOf(bytes, place), new Uint8Array(0));
  },
  function copyTo(bytes, place) {
    const to = offsetIn(bytes, place);
    return replaced(bytes, to, to, bytes.subarray(...partOf(bytes, place)));
  },
  function copyOver(bytes, place) {
    const part = Buffer.from(bytes.subarray(...partOf(bytes, place)));
    part.copy(bytes, offsetIn(bytes, place));
    return bytes;
  },
  function repeat(bytes, place) {
    const [start, end] = partOf(bytes, place);
    const times = 2 ** place.random.below(13);
    const part = bytes.subarray(start, Math.min(end, start + Math.max(1, Math.floor(65_536 / times))));
    return replaced(bytes, start, start, Buffer.concat(Array.from({ length: times }, () => part)));
  },
  function cut(bytes, place) {
    return place.random.chance(3) ? bytes.subarray(0, offsetIn(bytes, place)) : bytes;
  },
  function crossOver(bytes, place) {
    const other = place.random.pick(place.pool.seeds).bytes;
    return Buffer.concat([bytes.subarray(0, offsetIn(bytes, place)), other.subarray(place.random.below(other.length))]);
  },
  function insertWord(bytes, place) {
    const at = offsetIn(bytes, place);
    return place.pool.words.length === 0 ? bytes : replaced(bytes, at, at, place.random.pick(place.pool.words));
  },
  function overwriteWord(bytes, place) {
    const at = offsetIn(bytes, place);
    if (place.pool.words.length === 0) return bytes;
    const word = place.random.pick(place.pool.words);
    return replaced(bytes, at, at + word.length, word);
  },
  function changeDecimal(bytes, place) {
    const from = offsetIn(bytes, place);
    const digits = /[0-9]+/.exec(bytes.toString("latin1", from, from + 4096));
    if (digits === null) return bytes;
    const start = from + digits.index;
    return replaced(bytes, start, start + digits[0].length, Buffer.from(place.random.pick(NUMBERS)));
  },
  function takeLineOut(bytes, place) {
    return replaced(bytes, ...lineAt(bytes, offsetIn(bytes, place)), new Uint8Array(0));
  },
  function moveLine(bytes, place) {
    const line = bytes.subarray(...lineAt(bytes, offsetIn(bytes, place)));
    const [at] = lineAt(bytes, offsetIn(bytes, place));
    return replaced(bytes, at, at, line);
  },
];
