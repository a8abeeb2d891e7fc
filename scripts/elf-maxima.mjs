// Prints the largest that the ELF files below some folders have of everything that src/elf/limits.ts bounds: how far the
// limits are from real software.
//
//   npm run build && node scripts/elf-maxima.mjs /usr /opt
import { closeSync, lstatSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import { readHeader } from "../dist/elf/header.js";
import { readElf } from "../dist/elf/reader.js";
import { readSegments } from "../dist/elf/segments.js";
import { recordingSource } from "../dist/elf/source.js";

/** @type {Map<string, { value: number, path: string }>} */
const maxima = new Map();
let files = 0;
let kept = 0;
const beyond = [];

for (const root of process.argv.slice(2)) {
  const queue = [root];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    const info = lstatSync(path, { throwIfNoEntry: false });
    if (info?.isDirectory()) for (const name of entriesOf(path)) queue.push(join(path, name));
    else if (info?.isFile() && info.size > 52) measure(path, info.size);
  }
}
console.log(`${files} ELF files; ${kept} bytes read of all; beyond a limit or damaged: ${beyond.length}`);
for (const [what, { value, path }] of maxima) console.log(`${what}: ${value} (${path})`);
for (const line of beyond.slice(0, 20)) console.log(line);

function measure(path, size) {
  let file;
  try {
    file = openSync(path);
  } catch {
    return;
  }
  try {
    const source = recordingSource(fileSource(file, size));
    const reading = readElf(source);
    if (reading.kind === "damaged") beyond.push(`${path}: ${reading.reason}`);
    if (reading.kind !== "elf") return;
    const { needed, versionNeeds, versionDefinitions, rpath, runpath, dlopenNotes } = reading.facts;
    const segments = readSegments(source, readHeader(source));
    const bytes = source.touched().reduce((sum, [start, end]) => sum + end - start, 0);
    files += 1;
    kept += bytes;
    const note = (what, value) => {
      if (value > (maxima.get(what)?.value ?? 0)) maxima.set(what, { value, path });
    };
    note("NEEDED entries", needed.length);
    note("files with version needs", versionNeeds.length);
    note(
      "version needs",
      versionNeeds.reduce((sum, { versions }) => sum + versions.length, 0),
    );
    note("version definitions", versionDefinitions.length);
    note("folders in RPATH or RUNPATH", Math.max(...[rpath, runpath].map((text) => text?.split(":").length ?? 0)));
    note("bytes of RPATH or RUNPATH", Math.max(rpath?.length ?? 0, runpath?.length ?? 0));
    note("dlopen notes", dlopenNotes.length);
    note("program headers", segments.length);
    for (const { type, fileSize } of segments) if (type === 2) note("bytes of the dynamic section", fileSize);
    for (const { type, fileSize } of segments) if (type === 4) note("bytes of a note segment", fileSize);
    note("bytes read of one file", bytes);
  } finally {
    closeSync(file);
  }
}

function entriesOf(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function fileSource(file, size) {
  const peek = (offset, length) => {
    const bytes = Buffer.alloc(Math.max(0, Math.min(length, size - offset)));
    return bytes.subarray(0, bytes.length === 0 ? 0 : readSync(file, bytes, 0, bytes.length, offset));
  };
  return {
    size,
    peek,
    read(offset, length) {
      if (!Number.isSafeInteger(offset) || offset < 0 || length < 0 || offset + length > size) return null;
      const bytes = peek(offset, length);
      return bytes.length === length ? bytes : null;
    },
  };
}
