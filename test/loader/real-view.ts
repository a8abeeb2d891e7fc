import { type Dirent, lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { compareNames, decodeName, encodeName } from "../../src/base/names.ts";
import type { ElfReading } from "../../src/elf/facts.ts";
import { readElf } from "../../src/elf/reader.ts";
import { bytesSource } from "../../src/elf/source.ts";
import { type CacheEntry, parseCache } from "../../src/loader/cache.ts";
import type { FileType } from "../../src/snapshot/snapshot.ts";
import type { FileSystemView, ViewEntry } from "../../src/snapshot/view.ts";

/** This machine's own file system as a view. */
export function realView(): FileSystemView {
  const entries = new Map<string, ViewEntry | "absent">();
  return {
    lstat(path) {
      let entry = entries.get(path);
      if (entry === undefined) {
        entry = look(path);
        entries.set(path, entry);
      }
      return entry;
    },
    list(path) {
      try {
        return readdirSync(encodeName(path), "buffer").map(decodeName).sort(compareNames);
      } catch {
        return [];
      }
    },
  };
}

/** The entries of this machine's ld.so.cache. */
export function realCache(): readonly CacheEntry[] {
  const reading = parseCache(readFileSync("/etc/ld.so.cache"));
  if (reading.kind !== "cache") throw new Error(reading.reason);
  return reading.entries;
}

function look(path: string): ViewEntry | "absent" {
  let facts: ReturnType<typeof lstatSync>;
  try {
    facts = lstatSync(encodeName(path));
  } catch {
    return "absent";
  }
  if (facts === undefined) return "absent";
  const type = typeOf(facts);
  let reading: ElfReading | null = null;
  return {
    path,
    type,
    mode: facts.mode & 0o7777,
    target: type === "symlink" ? decodeName(readlinkSync(encodeName(path), "buffer")) : null,
    layer: "machine",
    source: path,
    elf() {
      reading ??= readElf(bytesSource(readFileSync(encodeName(path))));
      return reading;
    },
  };
}

function typeOf(facts: Pick<Dirent, "isDirectory" | "isSymbolicLink" | "isFIFO" | "isSocket" | "isFile">): FileType {
  if (facts.isFile()) return "file";
  if (facts.isDirectory()) return "directory";
  if (facts.isSymbolicLink()) return "symlink";
  if (facts.isFIFO()) return "fifo";
  return facts.isSocket() ? "socket" : "character";
}
