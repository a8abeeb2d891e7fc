import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { callWords, INTERFACES, OWN_CALLS } from "../../src/look/system-calls.ts";

/** The numbers that the kernel's headers define, by name. */
function defined(path: string): ReadonlyMap<string, number> {
  const text = readFileSync(path, "utf8");
  const found = [...text.matchAll(/^#define __NR(?:3264)?_(\w+)\s+(\d+)$/gm)];
  const numbers = new Map(found.map(([, name = "", number]) => [name, Number(number)]));
  // Names of asm-generic for what 64-bit machines have (include/uapi/asm-generic/unistd.h, "__NR_newfstatat").
  const fstatat = numbers.get("fstatat");
  return fstatat === undefined ? numbers : numbers.set("newfstatat", fstatat);
}

const X86 = "/usr/include/x86_64-linux-gnu/asm";
const HEADERS = {
  amd64: `${X86}/unistd_64.h`,
  i386: `${X86}/unistd_32.h`,
  arm64: "/usr/include/asm-generic/unistd.h",
} as const;

describe("numbers of system calls", () => {
  it.each(["amd64", "i386", "arm64"] as const)("of %s are those of the kernel's headers", (name) => {
    const path = HEADERS[name];
    if (!existsSync(path)) return;
    const real = defined(path);
    const { numbers } = INTERFACES[name];
    expect(numbers).toEqual(Object.fromEntries(Object.keys(numbers).map((call) => [call, real.get(call)])));
    // A call that the interface has and the table has not would not be seen.
    const all = Object.values(INTERFACES).flatMap((one) => Object.keys(one.numbers));
    const left = all.filter((call) => real.has(call) && numbers[call] === undefined);
    // i386 has a newfstatat in name only.
    expect(left).toEqual([]);
  });

  it("of the tracer itself too", () => {
    for (const [machine, path] of [
      ["62", HEADERS.amd64],
      ["183", HEADERS.arm64],
    ] as const) {
      if (!existsSync(path)) continue;
      const real = defined(path);
      expect(OWN_CALLS[machine]).toEqual(
        Object.fromEntries(Object.keys(OWN_CALLS[machine]).map((call) => [call, real.get(call)])),
      );
    }
  });
});

it("the tracer compiles", () => {
  const script = ["execve.pl", "trace.pl"].map((name) => readFileSync(`src/look/${name}`, "latin1")).join("");
  const { stderr, status } = spawnSync("perl", ["-c", "-e", script], { encoding: "utf8" });
  expect([status, stderr]).toEqual([0, "-e syntax OK\n"]);
  expect(callWords().every((word) => !word.includes("\0"))).toBe(true);
});
