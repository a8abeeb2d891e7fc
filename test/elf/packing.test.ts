import { execFileSync } from "node:child_process";
import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { scriptPacking } from "../../src/elf/packing.ts";
import { readElf } from "../../src/elf/reader.ts";
import { bytesSource, recordingSource } from "../../src/elf/source.ts";
import { readUnloaded } from "../../src/elf/unloaded.ts";
import { rangesSource } from "../../src/snapshot/ranges.ts";

const folder = mkdtempSync(join(tmpdir(), "msb-deps-packing-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

writeFileSync(at("main.c"), "static int space[99999]; int main(int c, char **v) { return space[c]; }\n");
const gcc = (name: string, ...options: string[]): void =>
  void execFileSync("gcc", [...options, "-o", at(name), at("main.c")]);
gcc("plain");
gcc("debug", "-g");
gcc("static", "-static");
gcc("stripped", "-s");
gcc("omagic", "-static", "-nostdlib", "-Wl,-N,-e,main");
gcc("library", "-shared", "-fPIC");

/** Bytes as compressed data has them, the same in every run. */
const noise = (length: number): Buffer => {
  let seed = 1;
  const next = (): number => {
    seed = Math.imul(seed, 1103515245) + 12345;
    return (seed >>> 16) & 0xff;
  };
  return Buffer.from(Array.from({ length }, next));
};

/** What is read of a file, and of the parts that a snapshot keeps of it. */
function packing(bytes: Buffer) {
  const source = recordingSource(bytesSource(bytes));
  readElf(source);
  const { packing: read } = readUnloaded(source);
  const ranges = source
    .touched()
    .map(([start, end]) => [start, bytes.subarray(start, end).toString("base64")] as const);
  expect(readUnloaded(rangesSource(bytes.length, ranges)).packing).toBe(read);
  expect(source.touched().reduce((sum, [start, end]) => sum + end - start, 0)).toBeLessThan(16_384);
  return read;
}

const withTail = (name: string, tail: Uint8Array): Buffer => Buffer.concat([readFileSync(at(name)), tail]);

/** A copy to which objcopy adds a section. */
function withSection(name: string, section: string, content: Uint8Array): Buffer {
  writeFileSync(at("content"), content);
  execFileSync("objcopy", ["--add-section", `${section}=${at("content")}`, at(name), at("added")]);
  return readFileSync(at("added"));
}

/** A program that makes room for another one, as UPX makes it: no sections, the first segment writable and larger in memory. */
function stub(tail: Uint8Array, marker: string, flags = 6): Buffer {
  const head = Buffer.alloc(64 + 2 * 56 + 300);
  head.set(readFileSync(at("static")).subarray(0, 24));
  head.writeBigUInt64LE(64n, 32);
  head.fill(0, 40, 64);
  head.writeUInt16LE(64, 52);
  head.writeUInt16LE(56, 54);
  head.writeUInt16LE(2, 56);
  for (const [index, [segmentFlags, address, memory]] of [
    [flags, 0, 0x4d028] as const,
    [5, 0x4e000, head.length] as const,
  ].entries()) {
    const header = 64 + index * 56;
    head.writeUInt32LE(1, header);
    head.writeUInt32LE(segmentFlags, header + 4);
    head.writeBigUInt64LE(BigInt(address), header + 16);
    head.writeBigUInt64LE(BigInt(head.length), header + 32);
    head.writeBigUInt64LE(BigInt(memory), header + 40);
  }
  head.write(marker, 64 + 2 * 56 + 4, "latin1");
  return Buffer.concat([head, tail]);
}

const cookie = Buffer.concat([Buffer.from("MEI\x0c\x0b\x0a\x0b\x0e", "latin1"), noise(80)]);
const zip = Buffer.concat([noise(300), Buffer.from("PK\x05\x06", "latin1"), Buffer.alloc(18)]);

describe("programs as linkers make them are not packed", () => {
  it.each(["plain", "debug", "static", "stripped", "omagic", "library"])("%s", (name) => {
    expect(packing(readFileSync(at(name)))).toBeNull();
  });

  it.each<[string, () => Buffer]>([
    ["a signature at the end", () => withTail("plain", noise(4096))],
    ["padding", () => withTail("stripped", Buffer.alloc(100_000))],
    ["a section of the tools", () => withSection("plain", ".mine", noise(100_000))],
    ["a short section of one's own", () => withSection("plain", "buildinfo", Buffer.from("made here"))],
    ["a program without sections", () => stub(Buffer.alloc(0), "", 5)],
  ])("with %s", (_, bytes) => expect(packing(bytes())).toBeNull());

  it("with its section headers cut off, and nothing behind its segments", () => {
    const bytes = readFileSync(at("static"));
    bytes.fill(0, 40, 48);
    bytes.fill(0, 58, 64);
    const end = bytes.readBigUInt64LE(40);
    expect(end).toBe(0n);
    const { packing: read } = readUnloaded(bytesSource(bytes.subarray(0, lastSegmentEnd(bytes))));
    expect(read).toBeNull();
  });
});

function lastSegmentEnd(bytes: Buffer): number {
  const count = bytes.readUInt16LE(56);
  const ends = Array.from({ length: count }, (_, index) => {
    const header = Number(bytes.readBigUInt64LE(32)) + index * 56;
    return Number(bytes.readBigUInt64LE(header + 8)) + Number(bytes.readBigUInt64LE(header + 32));
  });
  return Math.max(...ends);
}

describe("a program that hides another one", () => {
  it.each<[string, () => Buffer]>([
    ["payload", () => withTail("plain", noise(20_000))],
    ["payload", () => withTail("plain", gzipSync(noise(500)))],
    ["payload", () => withTail("static", Buffer.concat([Buffer.alloc(64), gzipSync(noise(20_000))]))],
    ["payload", () => withTail("stripped", readFileSync(at("plain")))],
    ["payload", () => withTail("plain", zip)],
    ["payload", () => withSection("plain", "payload", noise(100_000))],
    ["pyinstaller", () => withTail("plain", Buffer.concat([noise(900), cookie]))],
    ["pyinstaller", () => withSection("plain", "pydata", Buffer.concat([noise(900), cookie]))],
    ["upx", () => stub(noise(1000), "UPX!")],
    ["upx", () => stub(Buffer.concat([noise(1000), Buffer.from("UPX!"), noise(32)]), "XXX!")],
    ["stub", () => stub(noise(1000), "XXX!")],
    ["stub", () => stub(noise(1000), "XXX!", 7)],
  ])("%s, case %#", (kind, bytes) => expect(packing(bytes())).toBe(kind));

  it("is an AppImage by its magic", () => {
    const bytes = readFileSync(at("static"));
    bytes.write("AI\x02", 8, "latin1");
    expect(packing(bytes)).toBe("appimage");
  });
});

describe("a script", () => {
  const script = (text: string, tail: Uint8Array) =>
    scriptPacking(bytesSource(Buffer.concat([Buffer.from(text), tail])));
  const long = `#!/bin/sh\n${"# text of the script, \té, \x1b[1m\n".repeat(100)}`;

  it.each<[string, string, Uint8Array, string | null]>([
    ["is text", long, Buffer.alloc(0), null],
    ["is short", "#!/bin/sh\n", Buffer.of(0), null],
    ["ends in Latin-1 text", long, Buffer.from("# h\xe9h\xe9\n".repeat(99), "latin1"), null],
    ["has an archive at its end", long, gzipSync(noise(5000)), "payload"],
    ["has a tar archive at its end", long, Buffer.alloc(10_240), "payload"],
    ["is of makeself", `#!/bin/sh\n# This script was generated using Makeself 2.5.0\n${long}`, noise(999), "makeself"],
  ])("%s", (_, text, tail, kind) => expect(script(text, tail)).toBe(kind));
});

describe(".note.dlopen that no program header covers", () => {
  const text = '[{"soname":["libzstd.so.1"],"priority":"required"}]';
  const note = Buffer.alloc(16 + Math.ceil((text.length + 1) / 4) * 4);
  note.writeUInt32LE(4, 0);
  note.writeUInt32LE(text.length + 1, 4);
  note.writeUInt32LE(0x407c0c0a, 8);
  note.write("FDO\0", 12, "latin1");
  note.write(text, 16, "latin1");

  it.each(["plain", "library"])("is read where objcopy added it to %s", (name) => {
    const bytes = withSection(name, ".note.dlopen", note);
    expect(readElf(bytesSource(bytes))).toMatchObject({ facts: { dlopenNotes: [] } });
    expect(readUnloaded(bytesSource(bytes))).toEqual({ packing: null, dlopenNotes: [text] });
  });

  it("is read once where a program header covers it", () => {
    copyFileSync(at("main.c"), at("noted.c"));
    const words = `.pushsection .note.dlopen,\\"a\\",%note\\n.balign 4\\n.long 4,${text.length + 1},0x407c0c0a\\n.asciz \\"FDO\\"\\n.asciz \\"${text.replaceAll('"', '\\\\\\"')}\\"\\n.balign 4\\n.popsection`;
    appendFileSync(at("noted.c"), `__asm__("${words}");\n`);
    execFileSync("gcc", ["-o", at("noted"), at("noted.c")]);
    const source = bytesSource(readFileSync(at("noted")));
    expect(readElf(source)).toMatchObject({ facts: { dlopenNotes: [text] } });
    expect(readUnloaded(source).dlopenNotes).toEqual([]);
  });
});
