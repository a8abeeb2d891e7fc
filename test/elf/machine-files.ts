import { closeSync, openSync, readdirSync, readFileSync, readSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";

/** The ELF files of some folders of this machine, each real file once, sorted. */
export function elfFiles(folders: readonly string[], depth = 0): string[] {
  const found = new Set<string>();
  for (const folder of folders) collect(folder, depth, found);
  return [...found].sort();
}

function collect(folder: string, depth: number, found: Set<string>): void {
  for (const name of readdirSync(folder)) {
    try {
      const path = realpathSync(join(folder, name));
      const facts = statSync(path);
      if (facts.isDirectory() && depth > 0) collect(path, depth - 1, found);
      if (facts.isFile() && facts.size > 4 && isElf(path)) found.add(path);
    } catch {
      // A dangling link is nothing to read.
    }
  }
}

function isElf(path: string): boolean {
  const file = openSync(path, "r");
  const magic = new Uint8Array(4);
  readSync(file, magic);
  closeSync(file);
  return Buffer.from(magic).toString("latin1") === "\x7fELF";
}

export function bytesOf(path: string): Uint8Array {
  return readFileSync(path);
}
