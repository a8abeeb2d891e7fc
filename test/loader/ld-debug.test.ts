import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseLoaderDebug } from "../../src/loader/ld-debug.ts";
import { cpuTime } from "../cpu.ts";

const log = (...lines: string[]): string => lines.map((line) => `      7538:\t${line}\n`).join("");

describe("what LD_DEBUG=files,libs tells", () => {
  it("of glibc 2.36 and 2.41: a need, a library that is opened and one that is not there", () => {
    const text = log(
      "",
      "file=libc.so.6 [0];  needed by /opt/app [0]",
      "find library=libc.so.6 [0]; searching",
      " search cache=/etc/ld.so.cache",
      "  trying file=/lib/x86_64-linux-gnu/libc.so.6",
      "",
      "file=libc.so.6 [0];  generating link map",
      "  dynamic: 0x00007f3825290b60  base: 0x00007f38250be000   size: 0x00000000001e1f50",
      "calling init: /lib/x86_64-linux-gnu/libc.so.6",
      "initialize program: /opt/app",
      "file=libz.so.1 [0];  dynamically loaded by /opt/app [0]",
      "  trying file=/opt/none/libz.so.1",
      "  trying file=/lib/x86_64-linux-gnu/libz.so.1",
      "file=libz.so.1 [0];  generating link map",
      "file=libnope.so.7 [0];  dynamically loaded by /opt/app [0]",
      " search path=/lib:/usr/lib\t\t(system search path)",
      "  trying file=/lib/libnope.so.7",
      "  trying file=/usr/lib/libnope.so.7",
      "file=/opt/x.so [0];  dynamically loaded by /opt/app [0]",
      "file=/opt/y.so [0];  dynamically loaded by /opt/app [0]",
      "file=/opt/y.so [0];  generating link map",
    );
    expect(parseLoaderDebug(text)).toEqual([
      {
        name: "libc.so.6",
        why: "needed",
        by: "/opt/app",
        tried: ["/lib/x86_64-linux-gnu/libc.so.6"],
        mapped: "/lib/x86_64-linux-gnu/libc.so.6",
      },
      {
        name: "libz.so.1",
        why: "opened",
        by: "/opt/app",
        tried: ["/opt/none/libz.so.1", "/lib/x86_64-linux-gnu/libz.so.1"],
        mapped: "/lib/x86_64-linux-gnu/libz.so.1",
      },
      {
        name: "libnope.so.7",
        why: "opened",
        by: "/opt/app",
        tried: ["/lib/libnope.so.7", "/usr/lib/libnope.so.7"],
        mapped: null,
      },
      { name: "/opt/x.so", why: "opened", by: "/opt/app", tried: [], mapped: null },
      { name: "/opt/y.so", why: "opened", by: "/opt/app", tried: [], mapped: "/opt/y.so" },
    ]);
  });

  it.each([
    ["a program's own lines", "file=a [0];  dynamically loaded by b [0]\n"],
    ["a name that is none", log("file= [0];  dynamically loaded by b [0]")],
    ["nobody who asks", log("file=a [0];  dynamically loaded by")],
    ["tries and maps without a question", log("  trying file=/lib/a", "file=a [0];  generating link map")],
    ["an empty text", ""],
  ])("takes nothing of %s", (_name, text) => {
    expect(parseLoaderDebug(text)).toEqual([]);
  });

  it("does not take the map of one library for another's", () => {
    const text = log(
      "file=a.so [0];  needed by /p [0]",
      "  trying file=/lib/a.so",
      "file=b.so [0];  generating link map",
    );
    expect(parseLoaderDebug(text)).toMatchObject([{ name: "a.so", mapped: null }]);
  });

  it("keeps names with brackets and blanks whole", () => {
    const text = log("file=/opt/a [1]; x.so [0];  dynamically loaded by /p q [2] [0]");
    expect(parseLoaderDebug(text)).toMatchObject([{ name: "/opt/a [1]; x.so", by: "/p q [2]" }]);
  });

  it("bears any text, in bounded room", () => {
    const piece = fc.constantFrom(
      "1:\tfile=",
      " [0];  ",
      "needed by ",
      "generating link map",
      "  trying file=",
      "\n",
      "\0",
      "x",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        for (const { name, by } of parseLoaderDebug(pieces.join(""))) expect(`${name}${by}`).not.toContain("\n");
      }),
    );
    const flood = log(...Array.from({ length: 30_000 }, () => "file=a [0];  needed by b [0]"));
    expect(parseLoaderDebug(flood)).toHaveLength(20_000);
  });

  it("takes linear time for a long line", () => {
    for (const words of ["file=x [0];  needed by x [0]", " [0];  needed by ", " [0", "];  "]) {
      const line = `1:\tfile=${words.repeat(20_000)}`;
      expect(cpuTime(() => parseLoaderDebug(line))).toBeLessThan(2000);
    }
  });
});
