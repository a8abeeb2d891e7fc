/** What a made ELF file shall say. */
export interface ElfRecipe {
  class?: 32 | 64;
  endian?: "little" | "big";
  type?: number;
  machine?: number;
  flags?: number;
  interpreter?: string;
  soname?: string;
  needed?: string[];
  audit?: string;
  depaudit?: string;
  auxiliary?: string[];
  filters?: string[];
  rpath?: string;
  runpath?: string;
  flags1?: number;
  needs?: { file: string; versions: { name: string; weak?: boolean }[] }[];
  definitions?: string[];
  /** Instead of definitions: a chain of that many which lie four bytes apart. */
  chain?: number;
  notes?: { name: string; type: number; text: string }[];
  /** False: without a dynamic section, whatever else is said. */
  dynamic?: boolean;
}

const BASE = 0x10000;

/** Makes a small ELF file with program headers and no sections, for any class and byte order. */
export function makeElf(recipe: ElfRecipe): Buffer {
  const wide = (recipe.class ?? 64) === 64;
  const writer = new Writer(wide, recipe.endian !== "big");
  const segments: { type: number; at: number; size: number }[] = [];
  const headers = (wide ? 64 : 52) + 4 * (wide ? 56 : 32);
  writer.pad(headers);

  const strings = new Map<string, number>([["", 0]]);
  let table = "\0";
  const index = (text: string): number => {
    let at = strings.get(text);
    if (at === undefined) {
      at = Buffer.byteLength(table);
      strings.set(text, at);
      table += `${text}\0`;
    }
    return at;
  };

  if (recipe.interpreter !== undefined) segments.push({ type: 3, ...writer.text(`${recipe.interpreter}\0`) });
  writer.align(8);
  const notes = writer.position;
  for (const note of recipe.notes ?? []) writer.note(note);
  if (recipe.notes !== undefined) segments.push({ type: 4, at: notes, size: writer.position - notes });

  const dynamic: [number, number][] = [];
  for (const name of recipe.needed ?? []) dynamic.push([1, index(name)]);
  if (recipe.soname !== undefined) dynamic.push([14, index(recipe.soname)]);
  if (recipe.depaudit !== undefined) dynamic.push([0x6ffffefb, index(recipe.depaudit)]);
  if (recipe.audit !== undefined) dynamic.push([0x6ffffefc, index(recipe.audit)]);
  for (const name of recipe.auxiliary ?? []) dynamic.push([0x7ffffffd, index(name)]);
  for (const name of recipe.filters ?? []) dynamic.push([0x7fffffff, index(name)]);
  if (recipe.rpath !== undefined) dynamic.push([15, index(recipe.rpath)]);
  if (recipe.runpath !== undefined) dynamic.push([29, index(recipe.runpath)]);
  if (recipe.flags1 !== undefined) dynamic.push([0x6ffffffb, recipe.flags1]);
  if (recipe.needs !== undefined) dynamic.push([0x6ffffffe, BASE + writer.needs(recipe.needs, index)]);
  if (recipe.definitions !== undefined) {
    dynamic.push([0x6ffffffc, BASE + writer.definitions(["base", ...recipe.definitions], index)]);
  }
  if (recipe.chain !== undefined) {
    writer.align(4);
    dynamic.push([0x6ffffffc, BASE + writer.words(recipe.chain, 4)]);
  }
  const strtab = writer.text(table);
  writer.align(8);
  dynamic.push([5, BASE + strtab.at], [10, strtab.size], [0, 0]);
  const at = writer.position;
  for (const [tag, value] of dynamic) {
    writer.address(tag);
    writer.address(value);
  }
  if (recipe.dynamic !== false) segments.push({ type: 2, at, size: writer.position - at });
  segments.unshift({ type: 1, at: 0, size: writer.position });
  return writer.finish(recipe, segments);
}

class Writer {
  readonly #wide: boolean;
  readonly #little: boolean;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(wide: boolean, little: boolean) {
    this.#wide = wide;
    this.#little = little;
  }

  get position(): number {
    return this.#bytes.length;
  }

  pad(length: number): void {
    this.#bytes = Buffer.concat([this.#bytes, Buffer.alloc(length)]);
  }

  align(to: number): void {
    this.pad((to - (this.position % to)) % to);
  }

  text(text: string): { at: number; size: number } {
    const at = this.position;
    this.#bytes = Buffer.concat([this.#bytes, Buffer.from(text)]);
    return { at, size: this.position - at };
  }

  half(value: number): void {
    this.#put(2, value);
  }

  word(value: number): void {
    this.#put(4, value);
  }

  address(value: number): void {
    this.#put(this.#wide ? 8 : 4, value);
  }

  words(count: number, value: number): number {
    const at = this.position;
    this.#bytes = Buffer.concat([this.#bytes, Buffer.alloc(count * 4, Buffer.from([value, 0, 0, 0]))]);
    return at;
  }

  note({ name, type, text }: { name: string; type: number; text: string }): void {
    const [nameBytes, contents] = [Buffer.from(`${name}\0`), Buffer.from(`${text}\0`)];
    for (const value of [nameBytes.length, contents.length, type]) this.word(value);
    this.#bytes = Buffer.concat([this.#bytes, nameBytes]);
    this.align(4);
    this.#bytes = Buffer.concat([this.#bytes, contents]);
    this.align(4);
  }

  needs(needs: NonNullable<ElfRecipe["needs"]>, index: (text: string) => number): number {
    this.align(4);
    const start = this.position;
    needs.forEach(({ file, versions }, which) => {
      const last = which === needs.length - 1;
      this.half(1);
      this.half(versions.length);
      for (const value of [index(file), 16, last ? 0 : 16 + 16 * versions.length]) this.word(value);
      versions.forEach(({ name, weak }, one) => {
        this.word(0);
        this.half(weak === true ? 2 : 0);
        this.half(2);
        this.word(index(name));
        this.word(one === versions.length - 1 ? 0 : 16);
      });
    });
    return start;
  }

  definitions(names: readonly string[], index: (text: string) => number): number {
    this.align(4);
    const start = this.position;
    names.forEach((name, which) => {
      for (const value of [1, which === 0 ? 1 : 0, which + 1, 1]) this.half(value);
      for (const value of [0, 20, which === names.length - 1 ? 0 : 28]) this.word(value);
      this.word(index(name));
      this.word(0);
    });
    return start;
  }

  finish(recipe: ElfRecipe, segments: readonly { type: number; at: number; size: number }[]): Buffer {
    const body = this.#bytes;
    this.#bytes = Buffer.from([0x7f, 0x45, 0x4c, 0x46, this.#wide ? 2 : 1, this.#little ? 1 : 2, 1, 0]);
    this.pad(8);
    this.half(recipe.type ?? 3);
    this.half(recipe.machine ?? 62);
    this.word(1);
    for (const value of [0, this.#wide ? 64 : 52, 0]) this.address(value);
    this.word(recipe.flags ?? 0);
    const sizes = this.#wide ? [64, 56, segments.length, 64, 0, 0] : [52, 32, segments.length, 40, 0, 0];
    for (const value of sizes) this.half(value);
    for (const { type, at, size } of segments) {
      this.word(type);
      if (this.#wide) this.word(5);
      for (const value of [at, BASE + at, BASE + at, size, size]) this.address(value);
      if (!this.#wide) this.word(5);
      this.address(type === 1 ? 4096 : 4);
    }
    this.#bytes.copy(body);
    return body;
  }

  #put(size: number, value: number): void {
    const bytes = Buffer.alloc(size);
    const wide = size === 8;
    const [high, low] = [Math.floor(value / 2 ** 32), value >>> 0];
    if (size === 2) this.#little ? bytes.writeUInt16LE(value) : bytes.writeUInt16BE(value);
    else if (this.#little) {
      bytes.writeUInt32LE(low);
      if (wide) bytes.writeUInt32LE(high, 4);
    } else {
      bytes.writeUInt32BE(wide ? high : low);
      if (wide) bytes.writeUInt32BE(low, 4);
    }
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
  }
}
