import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { finish } from "../../src/base/steps.ts";
import { readElf } from "../../src/elf/reader.ts";
import { bytesSource } from "../../src/elf/source.ts";
import { type SeenFile, traceRefusal } from "../../src/loader/traceable.ts";
import { EVIL_NAME, evilSource, Patched, PT_DYNAMIC } from "./evil.ts";
import { askLoader } from "./real-loader.ts";
import { Workshop } from "./workshop.ts";

const LOADER = "/lib64/ld-linux-x86-64.so.2";
const shop = new Workshop();
const marker = shop.path("marker");
afterAll(() => shop.remove());

/** Asks this machine's loader as the product does; whether code of the files ran. */
function runsCode(path: string, env: Record<string, string> = {}): boolean {
  rmSync(marker, { force: true });
  const { text } = askLoader(path, { LD_WARN: "", LD_BIND_NOW: "", LD_VERBOSE: "", ...env });
  expect(existsSync(marker), text).toBe(text.includes(EVIL_NAME));
  return existsSync(marker);
}

const seen = (path: string): SeenFile => ({
  ...{ path, type: "file", unread: false },
  elf: () => readElf(bytesSource(readFileSync(path))),
});

/** The decision about a file, with these and no other files seen. */
function refusal(path: string, ...others: string[]): string | null {
  const reading = seen(path).elf();
  if (reading.kind !== "elf") return reading.kind;
  return finish(traceRefusal([path, ...others].map(seen), []))(reading.facts);
}

const AUDIT = "it names an audit library, whose code the loader would run";

beforeAll(() => {
  shop.library("evil.so", { source: evilSource(marker) });
});

describe("what ld.so runs when it only lists", { tags: ["machine"] }, () => {
  it.each(["audit", "depaudit"])(
    "the library of --%s, of a program and of a library in a program's place",
    (option) => {
      const flags = [`-Wl,--${option}=${shop.path("evil.so")}`];
      for (const path of [shop.program(`${option}-app`, { flags }), shop.library(`lib${option}.so`, { flags })]) {
        expect(runsCode(path)).toBe(true);
        expect(refusal(path)).toBe(AUDIT);
      }
    },
  );

  it("not the audit library of a library that it maps for another", () => {
    shop.library("libclean.so");
    const app = shop.program("app", { needs: ["libclean.so"], runpath: "$ORIGIN" });
    // Linked against the library without the tag: ld copies it into the program.
    const library = shop.library("libclean.so", { flags: [`-Wl,--audit=${shop.path("evil.so")}`] });
    expect(runsCode(app)).toBe(false);
    expect(refusal(app, library)).toBeNull();
  });

  const NOTHING: readonly [string, string[], Record<string, string>?][] = [
    ["the constructor of a needed library", []],
    ["an auxiliary filter's", ["-shared", "-Wl,--auxiliary=EVIL"]],
    ["a filter's", ["-shared", "-Wl,--filter=EVIL"]],
    ["an initfirst library's, with other flags of DT_FLAGS_1", ["-Wl,-z,now,-z,interpose,-z,global,-z,nodelete"]],
    ["an interpreter's", ["-Wl,--dynamic-linker=EVIL"]],
    ["one with an executable stack", ["-Wl,-z,execstack"]],
    ["a preloaded library's", [], { LD_PRELOAD: "EVIL" }],
  ];
  it.each(NOTHING)("nothing of %s", (name, options, env = {}) => {
    const evil = shop.library("libevil.so", { source: evilSource(marker), flags: ["-Wl,-z,initfirst"] });
    const withPath = (text: string) => text.replace("EVIL", evil);
    const path = shop.program(`nothing-${name.replaceAll(" ", "-")}`, {
      source: evilSource(marker) + (options.includes("-shared") ? "" : "int main(void) { return 0; }"),
      needs: ["libevil.so"],
      runpath: "$ORIGIN",
      flags: [...options.map(withPath), "-fPIC"],
    });
    const given = Object.fromEntries(Object.entries(env).map(([key, value]) => [key, withPath(value)]));
    expect(runsCode(path, given)).toBe(false);
    expect(refusal(path, evil)).toBeNull();
  });

  it("no resolver of an indirect function (IFUNC, IRELATIVE relocations)", () => {
    const resolver = `${evilSource(marker)}
      static int real(void) { return 0; }
      static void *choose(void) { run(); return real; }
      int chosen(void) __attribute__((ifunc("choose")));
      int (*pointer)(void) = chosen;`;
    const library = shop.library("libifunc.so", { source: resolver, flags: ["-Wl,-z,now"] });
    const app = shop.program("ifunc", {
      source: `${resolver} int main(void) { return pointer(); }`,
      needs: ["libifunc.so"],
      runpath: "$ORIGIN",
      flags: ["-Wl,-z,now"],
    });
    expect(runsCode(app)).toBe(false);
    expect(refusal(app, library)).toBeNull();
  });
});

describe("what hides an audit library from a reader of the file", { tags: ["machine"] }, () => {
  let audited: string;
  beforeAll(() => {
    audited = shop.program("audited", { flags: [`-Wl,--audit=${shop.path("evil.so")}`] });
  });

  it("is a second dynamic section", () => {
    const file = new Patched(audited);
    const real = { ...file.dynamic };
    const load = file.loads.at(-1);
    if (load === undefined) throw new Error("no segment");
    // The first is a copy without the tag; the loader takes the last.
    const note = file.headers.findIndex(({ type }) => type === 4);
    file.headers[note] = { ...real };
    const whole = file.copy(load.offset, load.fileSize);
    file.hideAudit();
    const hidden = file.copy(real.offset, real.fileSize);
    const shift = load.address % 4096;
    const size = whole.length + hidden.length;
    const offset = file.append(Buffer.concat([Buffer.alloc(shift), whole, hidden])) + shift;
    Object.assign(load, { offset, fileSize: size, memorySize: Math.max(load.memorySize, size) });
    file.dynamic.address = load.address + whole.length;
    const path = file.save(shop.path("two-dynamics"));
    expect(file.headers.filter(({ type }) => type === PT_DYNAMIC)).toHaveLength(2);
    expect(runsCode(path)).toBe(true);
    expect(refusal(path)).toBe("it has two program headers of a kind");
  });

  it("is a dynamic section that goes on behind its segment", () => {
    const file = new Patched(audited);
    const size = file.moveAuditLast();
    Object.assign(file.dynamic, { fileSize: size, memorySize: size });
    const path = file.save(shop.path("no-end"));
    expect(runsCode(path)).toBe(true);
    expect(refusal(path)).toBe("its dynamic section is not whole in one segment");
  });

  it("is a segment that is mapped over the dynamic section", () => {
    const file = new Patched(audited);
    const last = file.loads.at(-1);
    if (last === undefined) throw new Error("no segment");
    const page = last.address - (last.address % 4096);
    const real = file.copy(last.offset - (last.address % 4096), last.fileSize + (last.address % 4096));
    file.hideAudit();
    const offset = file.append(real);
    const over = { ...last, offset, address: page, fileSize: real.length, memorySize: real.length };
    file.headers = [...file.headers.filter(({ type }) => type < 4), over];
    const path = file.save(shop.path("over"));
    expect(runsCode(path)).toBe(true);
    expect(refusal(path)).toBe("its segments overlap or are out of order");
  });
});

describe("a file that is mapped over the loader (glibc bug 22851)", { tags: ["machine"] }, () => {
  it("runs code of its own, asked about or needed, and is refused for both", () => {
    const plain = shop.library("libplain.so");
    const app = shop.program("needs-remap", { needs: ["libplain.so"], runpath: "$ORIGIN" });
    const distances = [distance(app, plain), distance(app, plain)];
    expect(distances[0], "the place of the loader is as far from the library in every process").toBe(distances[1]);
    overLoader(plain, distances[0] ?? 0);
    rmSync(marker, { force: true });
    spawnSync(LOADER, [app], { env: { LD_TRACE_LOADED_OBJECTS: "1" } });
    expect(existsSync(marker)).toBe(true);
    expect(refusal(plain)).toBe("its segments overlap or are out of order");
    expect(refusal(app, plain)).toMatch(/libplain\.so, which is not laid out as usual/);
  });

  /** How far the loader lies behind a library that a program needs. */
  function distance(app: string, library: string): number {
    const { text } = askLoader(app, { LD_DEBUG: "files" });
    const base = new RegExp(`file=${library.slice(library.lastIndexOf("/") + 1)} .*?base: 0x([0-9a-f]+)`, "s");
    const loader = /ld-linux-x86-64\.so\.2 \(0x([0-9a-f]+)\)/;
    const number = (pattern: RegExp) => BigInt(`0x${pattern.exec(text)?.[1] ?? "0"}`);
    return Number(number(loader) - number(base));
  }

  /** Puts a segment between those of a library that covers all code of the loader with code that makes the marker. */
  function overLoader(path: string, far: number): void {
    const text = new Patched(LOADER).loads.find(({ flags }) => (flags & 1) !== 0);
    if (text === undefined) throw new Error("no code");
    const size = Math.ceil(text.fileSize / 4096) * 4096;
    const code = machineCode();
    const file = new Patched(path);
    const offset = file.append(Buffer.concat([Buffer.alloc(size - code.length, 0x90), code]));
    const over = {
      type: 1,
      flags: 5,
      offset,
      address: far + text.address,
      align: 4096,
      fileSize: size,
      memorySize: size,
    };
    const [first, ...rest] = file.headers.filter(({ type }) => type < 3);
    if (first === undefined) throw new Error("no segment");
    file.headers = [first, over, ...rest];
    file.save(path);
  }

  /** open(marker, O_CREAT | O_WRONLY, 0666), exit_group(0) */
  function machineCode(): Buffer {
    const [source, object, binary] = ["code.s", "code.o", "code.bin"].map((name) => shop.path(name));
    const assembly = `lea path(%rip), %rdi; mov $0x41, %esi; mov $0x1b6, %edx; mov $2, %eax; syscall
      xor %edi, %edi; mov $231, %eax; syscall
      path: .asciz ${JSON.stringify(marker)}\n`;
    writeFileSync(source ?? "", assembly);
    execFileSync("gcc", ["-c", "-o", object ?? "", source ?? ""]);
    execFileSync("objcopy", ["-O", "binary", "-j", ".text", object ?? "", binary ?? ""]);
    return readFileSync(binary ?? "");
  }
});
