import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readElf } from "../../src/elf/reader.ts";
import { bytesSource } from "../../src/elf/source.ts";

const folder = mkdtempSync(join(tmpdir(), "msb-deps-debug-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);
const read = (name: string) => readElf(bytesSource(readFileSync(at(name))));

writeFileSync(at("main.c"), "int main(void) { return 0; }\n");
execFileSync("gcc", ["-g", "-o", at("main"), at("main.c")]);
execFileSync("gcc", ["-g", "-shared", "-fPIC", "-o", at("main.so"), at("main.c")]);
execFileSync("gcc", ["-g", "-c", "-o", at("main.o"), at("main.c")]);
execFileSync("gcc", ["-static-pie", "-o", at("static-pie"), at("main.c")]);
execFileSync("gcc", ["-static", "-o", at("static"), at("main.c")]);

describe("readElf of files that gcc and binutils make", () => {
  it.each(["main", "main.so"])("finds no dynamic section in the separate debug file of %s", (name) => {
    execFileSync("objcopy", ["--only-keep-debug", at(name), at(`${name}.debug`)]);
    expect(read(`${name}.debug`)).toMatchObject({
      kind: "elf",
      facts: { dynamic: false, needed: [], interpreter: null },
    });
    expect(read(name)).toMatchObject({ kind: "elf", facts: { dynamic: true } });
  });

  it("finds none either where the segments are as they were and only the sections have moved (elfutils)", () => {
    const bytes = readFileSync(at("main"));
    const kept = Buffer.from(bytes.subarray(0, 8192));
    kept.writeBigUInt64LE(4096n, 40);
    kept.writeUInt16LE(4, 60);
    expect(readElf(bytesSource(kept))).toMatchObject({ kind: "elf", facts: { dynamic: false } });
    expect(readElf(bytesSource(bytes.subarray(0, 8192))).kind).toBe("damaged");
  });

  it("reads object files, static and static-pie programs", () => {
    expect(read("main.o")).toMatchObject({ kind: "elf", facts: { type: "relocatable", dynamic: false } });
    expect(read("static")).toMatchObject({
      kind: "elf",
      facts: { type: "executable", dynamic: false, interpreter: null },
    });
    expect(read("static-pie")).toMatchObject({ kind: "elf", facts: { type: "shared", dynamic: true, needed: [] } });
  });

  it("finds .note.dlopen among the notes that gcc puts into a file", () => {
    const text = '[{"soname":["libzstd.so.1"],"priority":"required"}]';
    const escaped = text.replaceAll('"', '\\\\\\"');
    const note = `.long 4, 3f - 2f, 0x407c0c0a\\n .asciz \\"FDO\\"\\n 2: .asciz \\"${escaped}\\"\\n 3: .balign 4\\n`;
    const section = '.pushsection .note.dlopen, \\"a\\", %note\\n .balign 4\\n';
    writeFileSync(at("noted.c"), `__asm__("${section} ${note} .popsection");\nint main(void) { return 0; }\n`);
    execFileSync("gcc", ["-o", at("noted"), at("noted.c")]);
    expect(read("noted")).toMatchObject({ kind: "elf", facts: { dlopenNotes: [text] } });
  });
});
