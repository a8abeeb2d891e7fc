import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { dlopenNotes, parseDlopenNote } from "../../../src/elf/dlopen.ts";
import type { ElfFacts } from "../../../src/elf/facts.ts";
import { readHeader } from "../../../src/elf/header.ts";
import { readOnlySpans } from "../../../src/elf/read-only.ts";
import { readElf } from "../../../src/elf/reader.ts";
import { fileOffset, PT_DYNAMIC, readSegments } from "../../../src/elf/segments.ts";
import { bytesSource, recordingSource } from "../../../src/elf/source.ts";
import { rangesSource } from "../../../src/snapshot/ranges.ts";
import { makeElf } from "../../../test/elf/make-elf.ts";
import { type ReadelfFacts, readelf } from "../../../test/elf/readelf.ts";
import { elfFiles } from "../corpus.ts";
import { expectSame, type Target, type Verdict } from "../target.ts";
import { workFolder } from "../work-folder.ts";

const NOTE = '[{"feature":"x","description":"y","priority":"recommended","soname":["libx.so.1","libx.so.2"]}]';

const made = [
  makeElf({ class: 32, endian: "big", machine: 8, interpreter: "/lib/ld.so.1", needed: ["liba.so", "libb.so"] }),
  makeElf({
    class: 64,
    endian: "little",
    machine: 62,
    needed: ["liba.so"],
    needs: [{ file: "liba.so", versions: [{ name: "V1" }, { name: "V2" }] }],
    definitions: ["D1", "D2"],
    notes: [{ name: "FDO", type: 0x407c0c0a, text: NOTE }],
  }),
];

/** Reads what the reader needs of a file alone, which has to give the same. */
function readTwice(bytes: Buffer): void {
  const recording = recordingSource(bytesSource(bytes));
  const reading = readElf(recording);
  const ranges = recording.touched().map(([start, end]) => [start, bytes.toString("base64", start, end)] as const);
  expectSame("from the ranges that were read", readElf(rangesSource(bytes.length, ranges)), reading);
  readOnlySpans(bytesSource(bytes));
  if (reading.kind === "elf") dlopenNotes(reading.facts);
}

const folder = workFolder();

/**
 * `readelf` reads the dynamic section at its offset in the file or by the section table, the loader by its address. Of a
 * file that is laid out as usual, and whose section table is taken away, both are the same.
 */
function judgeByReadelf(bytes: Buffer): Verdict {
  const reading = readElf(bytesSource(bytes));
  if (reading.kind !== "elf" || reading.facts.oddity !== null || !reading.facts.dynamic) return "pass";
  const header = readHeader(bytesSource(bytes));
  const segments = readSegments(bytesSource(bytes), header);
  const dynamic = segments.find(({ type }) => type === PT_DYNAMIC);
  if (dynamic === undefined || fileOffset(segments, dynamic.address) !== dynamic.offset) return "pass";
  const file = join(folder, "file");
  const plain = Buffer.from(bytes);
  const [tableAt, countAt] = header.class === 64 ? [40, 58] : [32, 46];
  plain.fill(0, tableAt, tableAt + header.class / 8);
  plain.fill(0, countAt, countAt + 6);
  writeFileSync(file, plain);
  const { stdout, stderr, status } = spawnSync("readelf", ["--wide", "-h", "-l", "-d", "-V", file], {
    encoding: "latin1",
  });
  // Of several entries the last one counts for the loader.
  const isTwice = ["SONAME", "RPATH", "RUNPATH"].some((tag) => stdout.split(`(${tag})`).length > 2);
  if (status !== 0 || stderr !== "" || isTwice) return "pass";
  const judged = readelf([file]).get(file);
  return judged === undefined ? "pass" : compare(reading.facts, judged);
}

function compare(facts: ElfFacts, judged: ReadelfFacts): Verdict {
  const { soname, needed, rpath, runpath, interpreter } = facts;
  const ours = { soname, needed, rpath, runpath, interpreter };
  const names = [...needed, soname, rpath, runpath, interpreter].join("");
  // What cannot be printed, readelf prints in another way.
  if (!/^[ -Z^-~]*$/.test(names)) return "pass";
  const theirs = Object.fromEntries(Object.keys(ours).map((name) => [name, Reflect.get(judged, name)]));
  const [a, b] = [JSON.stringify(ours), JSON.stringify(theirs)];
  if (a === b) return null;
  // readelf cuts a name at the end of the string table as DT_STRSZ has it; the loader reads up to NUL.
  const isCut = Object.keys(ours).every((name) => isCutOf(Reflect.get(theirs, name), Reflect.get(ours, name)));
  return isCut ? "pass" : { difference: `readelf: ${b}, ours: ${a}` };
}

function isCutOf(short: unknown, long: unknown): boolean {
  if (Array.isArray(short) && Array.isArray(long))
    return short.length === long.length && short.every((one, at) => isCutOf(one, long[at]));
  return typeof short === "string" && typeof long === "string" ? long.startsWith(short) : short === long;
}

export const elf: Target = {
  seeds: () => [...elfFiles(), ...made],
  words: ["\x7fELF", "/lib64/ld-linux-x86-64.so.2", "$ORIGIN", ":", "\0"],
  spans: (seed) => {
    const recording = recordingSource(bytesSource(seed));
    readElf(recording);
    return recording.touched();
  },
  run: readTwice,
  judge: judgeByReadelf,
  judgeOneIn: 20,
};

/** The contents of note segments; the file around them is always the same. */
export const notes: Target = {
  seeds: () => [
    ...[NOTE, "[]", '[{"soname":["a"]}]'].map((text) => noteOf("FDO\0", 0x407c0c0a, `${text}\0`)),
    noteOf("Android\0", 1, "\x15\0\0\0"),
    Buffer.concat([noteOf("GNU\0", 3, "x".repeat(20)), noteOf("FDO\0", 0x407c0c0a, `${NOTE}\0`)]),
  ],
  words: ["FDO\0", "Android\0", '"soname":', '"priority":"required"', "[", "]", "{", "}", "null", "\\u0000", NOTE],
  run(input) {
    readTwice(aroundNotes(input));
    const reading = parseDlopenNote(input.toString("latin1"));
    const entries = reading.kind === "entries" ? reading.entries : [];
    if (entries.some(({ soname }) => soname.length === 0)) throw new Error("an entry without sonames");
  },
};

function noteOf(name: string, type: number, contents: string): Buffer {
  const padded = (text: string): Buffer => Buffer.from(text.padEnd(Math.ceil(text.length / 4) * 4, "\0"), "latin1");
  const head = Buffer.alloc(12);
  head.writeUInt32LE(name.length, 0);
  head.writeUInt32LE(contents.length, 4);
  head.writeUInt32LE(type, 8);
  return Buffer.concat([head, padded(name), padded(contents)]);
}

/** A 64-bit shared object of one PT_NOTE segment. */
function aroundNotes(contents: Buffer): Buffer {
  const head = Buffer.alloc(64 + 56);
  head.write("\x7fELF\x02\x01\x01", "latin1");
  head.writeUInt16LE(3, 16);
  head.writeUInt16LE(62, 18);
  head.writeBigUInt64LE(64n, 32);
  head.writeUInt16LE(56, 54);
  head.writeUInt16LE(1, 56);
  head.writeUInt32LE(4, 64);
  head.writeBigUInt64LE(BigInt(head.length), 72);
  head.writeBigUInt64LE(BigInt(contents.length), 96);
  head.writeBigUInt64LE(4n, 112);
  return Buffer.concat([head, contents]);
}
