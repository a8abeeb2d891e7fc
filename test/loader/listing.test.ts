import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { type ListingLine, parseListing } from "../../src/loader/listing.ts";
import { cpuTime } from "../cpu.ts";

const LINES: readonly [text: string, line: ListingLine][] = [
  [
    "\tlibz.so.1 => /lib/x86_64-linux-gnu/libz.so.1 (0x00007f0000000000)",
    { kind: "library", soname: "libz.so.1", path: "/lib/x86_64-linux-gnu/libz.so.1" },
  ],
  ["\tlibz.so.1 => /lib/libz.so.1", { kind: "library", soname: "libz.so.1", path: "/lib/libz.so.1" }],
  [
    "\tlibone.so => /opt/a => b/libone.so (0x00007f7e63ee9000)",
    { kind: "library", soname: "libone.so", path: "/opt/a => b/libone.so" },
  ],
  [
    "\tlibone.so => /opt/my app/libone.so (0xf7d00000)",
    { kind: "library", soname: "libone.so", path: "/opt/my app/libone.so" },
  ],
  ["\tlibone.so => bad/libone.so (0x1)", { kind: "library", soname: "libone.so", path: "bad/libone.so" }],
  ["\t/lib64/ld-linux-x86-64.so.2 (0x00007f7e63efd000)", { kind: "object", path: "/lib64/ld-linux-x86-64.so.2" }],
  ["\t/lib64/ld-linux-x86-64.so.2", { kind: "object", path: "/lib64/ld-linux-x86-64.so.2" }],
  ["\tlibtwo.so (0x00007f7e63efd000)", { kind: "object", path: "libtwo.so" }],
  [
    "\t/lib64/ld-linux-x86-64.so.2 => /lib/ld.so (0x1)",
    { kind: "library", soname: "/lib64/ld-linux-x86-64.so.2", path: "/lib/ld.so" },
  ],
  ["\tlibgone.so.6 => not found", { kind: "missing", soname: "libgone.so.6" }],
  ["\tlinux-vdso.so.1 (0x00007ffd3f9f2000)", { kind: "vdso", soname: "linux-vdso.so.1" }],
  ["\tlinux-vdso.so.1", { kind: "vdso", soname: "linux-vdso.so.1" }],
  ["\tlinux-gate.so.1 (0xf7f0d000)", { kind: "vdso", soname: "linux-gate.so.1" }],
  ["\tlinux-vdso.so.1 =>  (0x00007fff5a1fe000)", { kind: "vdso", soname: "linux-vdso.so.1" }],
  ["\tlinux-vdso64.so.1 (0x00007fff5a1fe000)", { kind: "vdso", soname: "linux-vdso64.so.1" }],
  ["\tstatically linked", { kind: "static" }],
  ["\tnot a dynamic executable", { kind: "not-dynamic" }],
  ["./main:", { kind: "file", path: "./main" }],
  [
    "./main: /opt/l/libone.so: version `V2' not found (required by ./main)",
    {
      kind: "version",
      program: "./main",
      provider: "/opt/l/libone.so",
      version: "V2",
      requiredBy: "./main",
      weak: false,
    },
  ],
  [
    "./main: /l/libone.so: weak version `V 2' not found (required by /opt/my app/main)",
    {
      kind: "version",
      program: "./main",
      provider: "/l/libone.so",
      version: "V 2",
      requiredBy: "/opt/my app/main",
      weak: true,
    },
  ],
  [
    "./main: /l/libtinfo.so.6: no version information available (required by ./main)",
    { kind: "unversioned", program: "./main", provider: "/l/libtinfo.so.6", requiredBy: "./main" },
  ],
  [
    "./main: error while loading shared libraries: libgone.so: cannot open shared object file: No such file or directory",
    {
      kind: "error",
      program: "./main",
      name: "libgone.so",
      reason: "cannot open shared object file: No such file or directory",
    },
  ],
  [
    "./main: error while loading shared libraries: bad: name/libone.so: file too short",
    { kind: "error", program: "./main", name: "bad: name/libone.so", reason: "file too short" },
  ],
  [
    "../m32.so: error while loading shared libraries: ../m32.so: wrong ELF class: ELFCLASS32",
    { kind: "error", program: "../m32.so", name: "../m32.so", reason: "wrong ELF class: ELFCLASS32" },
  ],
  [
    "ERROR: ld.so: object '/nix/libx.so' from LD_PRELOAD cannot be preloaded (cannot open shared object file): ignored.",
    { kind: "preload", name: "/nix/libx.so", from: "LD_PRELOAD", reason: "cannot open shared object file" },
  ],
  ["ldd: ./nothing: No such file or directory", { kind: "other", text: "ldd: ./nothing: No such file or directory" }],
  ["\tVersion information:", { kind: "other", text: "\tVersion information:" }],
  [
    "\t\tlibc.so.6 (GLIBC_2.2.5) => /lib/libc.so.6",
    { kind: "other", text: "\t\tlibc.so.6 (GLIBC_2.2.5) => /lib/libc.so.6" },
  ],
];

describe("parseListing", () => {
  it.each(LINES)("reads %j", (text, line) => {
    expect(parseListing(`${text}\n`)).toEqual([line]);
  });

  it("keeps every line in order and drops empty ones", () => {
    const text = LINES.map(([line]) => line).join("\n\n");
    expect(parseListing(text)).toEqual(LINES.map(([, line]) => line));
  });

  it("knows every line that this machine's ldd prints", { tags: ["machine"], timeout: 300_000 }, () => {
    const output = execFileSync("sh", ["-c", "ldd /usr/bin/[a-g]* 2>/dev/null || true"], {
      encoding: "utf8",
      maxBuffer: 1 << 26,
    });
    const lines = parseListing(output);
    expect(lines.length).toBeGreaterThan(1000);
    expect(lines.filter(({ kind }) => kind === "other")).toEqual([]);
    expect(lines.filter((line) => line.kind === "library" && !line.path.startsWith("/"))).toEqual([]);
  });

  it.each([
    ["colons", "/bin/x: ".repeat(50_000)],
    ["versions", `/bin/x: ${": version `".repeat(40_000)}' not found (required by x`],
    ["ends of versions", `/bin/x: a: version \`${"' not found (required by ".repeat(20_000)}`],
    ["missing versions", `/bin/x: ${": no version information available (required by ".repeat(10_000)}`],
    ["arrows", `\t${"a => /b".repeat(50_000)}\u2028`],
    ["addresses", `\t${" (0x".repeat(100_000)}`],
    ["preloads", `ERROR: ld.so: object '${"' from ' cannot be preloaded (".repeat(15_000)}`],
    ["errors", `${": error while loading shared libraries: ".repeat(10_000)}`],
    ["blanks", `${" ".repeat(400_000)}x`],
  ])("takes linear time for a line of %s", (_, line) => {
    // A quadratic reader takes minutes.
    expect(cpuTime(() => parseListing(line))).toBeLessThan(2000);
  });

  it("knows no line but by all of its words", () => {
    for (const line of [
      "ERROR: ld.so: object 'x' from y (z): ignored.",
      "x: y: version `z' (required by a)",
      "x: version `",
    ])
      expect(parseListing(line)).toEqual([{ kind: "other", text: line }]);
    expect(parseListing("/x: /a: b: version `V' not found (required by c' not found (required by /d)")).toEqual([
      {
        ...{ kind: "version", program: "/x", provider: "/a: b", weak: false },
        ...{ version: "V' not found (required by c", requiredBy: "/d" },
      },
    ]);
  });
});
