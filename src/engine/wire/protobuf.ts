/**
 * Protocol Buffers, the part BuildKit's messages use: a message is declared once as a table of fields, and both
 * directions and the TypeScript type follow from it. Rules: https://protobuf.dev/programming-guides/encoding/
 */

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

/** How one type of value travels: its wire type, its default (left out when written) and both directions. */
export interface Kind<T> {
  readonly wireType: 0 | 2;
  readonly initial: T;
  write(value: T): Buffer;
  read(source: Reader): T;
}

interface Field<T> {
  readonly number: number;
  readonly initial: () => T;
  write(value: T): Buffer[];
  read(source: Reader, before: T): T;
  readonly wireType: 0 | 2;
}

/** A message: itself a kind, so that messages nest. */
export interface Message<T> extends Kind<T | null> {
  encode(value: Partial<T>): Buffer;
  decode(bytes: Uint8Array): T;
}

/** The value type of a declared message. */
export type ValueOf<M> = M extends Message<infer T> ? T : never;

/** Reads the primitives; every read is checked against the end of the bytes. */
class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new RangeError("protobuf: the message ends inside a number");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new RangeError("protobuf: a number is longer than ten bytes");
  }

  chunk(length = Number(this.varint())): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError("protobuf: the message ends inside a field");
    const part = Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset + this.#at, length);
    this.#at = end;
    return part;
  }

  skip(wireType: number): void {
    if (wireType === VARINT) this.varint();
    else if (wireType === LENGTH) this.chunk();
    else if (wireType === FIXED64) this.chunk(8);
    else if (wireType === FIXED32) this.chunk(4);
    else throw new RangeError(`protobuf: unknown wire type ${wireType}`);
  }
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

function delimited(bytes: Uint8Array): Buffer {
  return Buffer.concat([varint(BigInt(bytes.length)), bytes]);
}

export const string: Kind<string> = {
  wireType: LENGTH,
  initial: "",
  write: (value) => delimited(Buffer.from(value, "utf8")),
  read: (source) => source.chunk().toString("utf8"),
};

export const bytes: Kind<Uint8Array> = {
  wireType: LENGTH,
  initial: Buffer.alloc(0),
  write: delimited,
  read: (source) => source.chunk(),
};

export const bool: Kind<boolean> = {
  wireType: VARINT,
  initial: false,
  write: (value) => varint(value ? 1n : 0n),
  read: (source) => source.varint() !== 0n,
};

export const uint32: Kind<number> = {
  wireType: VARINT,
  initial: 0,
  write: (value) => varint(BigInt(value)),
  read: (source) => Number(BigInt.asUintN(32, source.varint())),
};

/** int64 as a number: for sizes and counts, which stay under 2^53. */
export const int64: Kind<number> = {
  wireType: VARINT,
  initial: 0,
  write: (value) => varint(BigInt(value)),
  read: (source) => Number(BigInt.asIntN(64, source.varint())),
};

/** int64 in full: for nanoseconds since 1970, which need more than 53 bits. */
export const bigint64: Kind<bigint> = {
  wireType: VARINT,
  initial: 0n,
  write: varint,
  read: (source) => BigInt.asIntN(64, source.varint()),
};

function tag(number: number, wireType: number): Buffer {
  return varint(BigInt((number << 3) | wireType));
}

function isInitial(value: unknown): boolean {
  return value === null || !value || (value instanceof Uint8Array && value.length === 0);
}

/** One value; the default is not written. A message that is not there reads as null. */
export function field<T>(number: number, kind: Kind<T>): Field<T> {
  return {
    number,
    wireType: kind.wireType,
    initial: () => kind.initial,
    write: (value) => (isInitial(value) ? [] : [tag(number, kind.wireType), kind.write(value)]),
    read: (source) => kind.read(source),
  };
}

/** A list of values, each with its own tag (packed numbers do not occur in these messages). */
export function repeated<T>(number: number, kind: Kind<T>): Field<readonly NonNullable<T>[]> {
  return {
    number,
    wireType: kind.wireType,
    initial: () => [],
    write: (values) => values.flatMap((value) => [tag(number, kind.wireType), kind.write(value)]),
    read: (source, before) => {
      const value = kind.read(source);
      return value === null || value === undefined ? before : [...before, value];
    },
  };
}

/** A map of strings: on the wire a list of entries of key = 1 and value = 2. */
export function stringMap(number: number): Field<Readonly<Record<string, string>>> {
  const entry = message({ key: field(1, string), value: field(2, string) });
  return {
    number,
    wireType: LENGTH,
    initial: () => ({}),
    write: (map) =>
      Object.entries(map).flatMap(([key, value]) => [tag(number, LENGTH), delimited(entry.encode({ key, value }))]),
    read: (source, before) => {
      const { key, value } = entry.decode(source.chunk());
      return { ...before, [key]: value };
    },
  };
}

type Fields<T> = { readonly [K in keyof T]: Field<T[K]> };

/** Declares a message. Unknown fields are skipped, as newer engines send more than older ones. */
export function message<T extends object>(fields: Fields<T>): Message<T> {
  const names = Object.keys(fields) as (keyof T & string)[];
  const byNumber = new Map(names.map((name) => [fields[name].number, name]));

  const decode = (input: Uint8Array): T => {
    const value = Object.fromEntries(names.map((name) => [name, fields[name].initial()])) as T;
    const source = new Reader(input);
    while (!source.done) {
      const key = Number(source.varint());
      const name = byNumber.get(key >>> 3);
      if (name !== undefined && fields[name].wireType === (key & 7)) {
        value[name] = fields[name].read(source, value[name]);
      } else source.skip(key & 7);
    }
    return value;
  };
  const encode = (value: Partial<T>): Buffer => {
    const parts = names.flatMap((name) => {
      const given = value[name];
      return given === undefined ? [] : fields[name].write(given as T[typeof name]);
    });
    return Buffer.concat(parts);
  };

  return {
    wireType: LENGTH,
    initial: null,
    encode,
    decode,
    write: (value) => delimited(encode(value ?? {})),
    read: (source) => decode(source.chunk()),
  };
}
