import type { FileHandle } from "node:fs/promises";
import { posix } from "node:path";
import { decodeName } from "../base/names.ts";
import { components } from "../base/paths.ts";
import { type TarEntry, type TarInput, tarEntries } from "./tar.ts";

/** Where a file's bytes stand in the tar. */
export interface TarPlace {
  readonly offset: number;
  readonly size: number;
}

/** The files of a tar by their names. */
export interface TarIndex {
  find(name: string): TarPlace | null;
}

const MAX_ENTRIES = 100_000;
/** PATH_MAX: no file of an image archive has a longer name. */
const MAX_NAME = 4096;
const MAX_LINKS = 8;
const WINDOW = 64 * 1024;

/** A tar whose reader tells where it is. */
export interface PlacedInput extends TarInput {
  /** The offset of the next byte. */
  readonly at: number;
}

/**
 * Reads the headers of a tar and passes over its contents, so that any file of it can be read where it stands.
 * @param onFile may read the contents in passing
 * @throws Error where it is no tar, or not one of an image
 */
export async function indexTar(
  input: PlacedInput,
  onFile: (entry: TarEntry, offset: number) => Promise<void> = async () => {},
): Promise<TarIndex> {
  const places = new Map<string, TarPlace>();
  const links = new Map<string, string>();
  let entries = 0;
  for await (const entry of tarEntries(input)) {
    entries += 1;
    if (entries > MAX_ENTRIES) throw new Error(`more than ${MAX_ENTRIES.toLocaleString("en")} entries`);
    if (Math.max(entry.name.length, entry.linkName.length) > MAX_NAME)
      throw new Error(`a name of more than ${MAX_NAME} bytes`);
    const name = nameOf(entry.name);
    // `docker save` writes a layer that two images share once, and links to it.
    if (entry.type === "symlink") {
      links.set(name, posix.join(posix.dirname(name), decodeName(entry.linkName)));
    } else if (entry.type === "hardlink") links.set(name, nameOf(entry.linkName));
    else if (entry.type === "file") {
      const offset = input.at;
      places.set(name, { offset, size: entry.size });
      await onFile(entry, offset);
    }
  }
  return {
    find(name) {
      let at = name;
      for (let count = 0; count < MAX_LINKS && !places.has(at); count += 1) at = links.get(at) ?? at;
      return places.get(at) ?? null;
    },
  };
}

function nameOf(bytes: Uint8Array): string {
  return components(decodeName(bytes)).join("/");
}

/** A file as the input of a tar reader, which goes where it is wanted without reading what lies between. */
export class FileInput implements PlacedInput {
  at = 0;
  readonly #file: FileHandle;
  readonly #size: number;
  #window: Buffer = Buffer.alloc(0);
  #from = 0;

  constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.#size = size;
  }

  async take(length: number): Promise<Buffer> {
    if (this.at + length > this.#size) throw new Error("it is truncated");
    if (this.at < this.#from || this.at + length > this.#from + this.#window.length) await this.#fill(length);
    const bytes = this.#window.subarray(this.at - this.#from, this.at - this.#from + length);
    this.at += length;
    return bytes;
  }

  async skip(length: number): Promise<void> {
    this.at += length;
  }

  async #fill(length: number): Promise<void> {
    const window = Buffer.alloc(Math.min(Math.max(length, WINDOW), this.#size - this.at));
    let got = 0;
    while (got < window.length) {
      const { bytesRead } = await this.#file.read(window, got, window.length - got, this.at + got);
      if (bytesRead === 0) throw new Error("it is truncated");
      got += bytesRead;
    }
    this.#window = window;
    this.#from = this.at;
  }
}
