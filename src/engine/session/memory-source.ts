import { createHash } from "node:crypto";
import type { FileSource, SourceEntry } from "./file-source.ts";
import { PathPatterns } from "./patterns.ts";

/** Files held in memory, all in one folder: the Dockerfile and its `.dockerignore`. */
export function memorySource(files: Readonly<Record<string, Uint8Array>>): FileSource {
  return {
    async *entries(selection) {
      const wanted = new PathPatterns([...selection.follow, ...selection.include]);
      for (const name of Object.keys(files).sort()) {
        const bytes = files[name];
        if (bytes === undefined) continue;
        if (wanted.isEmpty || wanted.match(name, null).matched) yield entry(name, bytes);
      }
    },
    async *open(path) {
      yield files[path] ?? new Uint8Array();
    },
  };
}

/**
 * The engine keeps what it received and takes a file of the same size and time as unchanged. So the time is made from
 * the content: another Dockerfile of the same length is another file.
 */
function entry(path: string, bytes: Uint8Array): SourceEntry {
  const digest = createHash("sha256").update(bytes).digest();
  const modified = BigInt(digest.readUIntBE(0, 6)) * 1000n;
  return { path, mode: 0o644, size: bytes.length, modified, linkTarget: "" };
}
